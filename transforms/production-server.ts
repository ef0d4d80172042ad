import {
  type DevServer,
  type Dockerfile,
  defineTransform,
  devServer,
  type Evidence,
  type Finding,
  type Fix,
  insertLinesBelow,
  installedPackages,
  isForDevelopers,
  optionWords,
  type Project,
  type Requirements,
  removeWords,
  replaceWords,
  type TextEdit,
  type Use,
  usesOf,
  type WrittenCommand,
  wordInCommand,
  writtenCommands,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'production-server',
  title: 'Serve with a server made for it',
  severity: 'high',
  references: [],
  on: 'dockerfile',
  doc: `
Django's \`runserver\` and Flask's own server say themselves that they are for development: they were never examined for
security, show their insides when something fails, and watch the files of the image for changes that never come.
\`uvicorn --reload\` and \`fastapi dev\` are the same for FastAPI.

Where a container starts one of the first two, gunicorn takes its place, on the same address, with one process and four
threads as before. The application is looked up in the repository: what \`manage.py\` and \`wsgi.py\` say, \`FLASK_APP\`, the
\`app.run(…)\` of a script. \`--reload\` and what belongs to it is left out, and \`fastapi dev\` becomes \`fastapi run\`. The
command of a Compose service is treated like that of the image.

Keeps quiet about stages, files and services for developers, by their names or since the source is mounted into them.

Reports without a fix, and says why, when gunicorn is not among the packages of the image and its requirements pin every
version, so that one would have to be made up; when no application is found; when \`wsgi.py\` takes other settings than
\`manage.py\`; when nothing but \`runserver\` would serve the static files; when Channels or Socket.IO need a server of their
own; when the script does more than run its server; when the server listens on the loopback alone; and when the command
stands in a script.

## Safety

Always a matter of review: it is another server. The debugger and reloading are gone, and what a script does only when it is
started by its name no longer happens.
`,
  *run(document, project) {
    // Stages may share the command of the one they start from.
    const seen = new Set<string>()
    for (const use of usesOf(document, project)) {
      for (const command of writtenCommands(use, project)) {
        const key = `${command.path}\0${command.words[0]!.start}`
        if (seen.has(key) || isForDevelopers(command, use)) continue
        seen.add(key)
        const server = devServer(command, use, project)
        if (server) yield findingOf(server, command, use, project)
      }
    }
  },
})

function findingOf(server: DevServer, command: WrittenCommand, use: Use, project: Project): Finding {
  const { image } = use
  const who = command.consumer?.service?.name
  const finding: Finding = {
    at: command.at,
    subject: who ? `service:${who}` : `stage:${image.stage.name ?? image.stage.index}`,
    message: `${who ?? 'The container'} starts ${server.name}, which is made for development`,
  }
  const outcome = fixFor(server, command, use, project)
  return 'title' in outcome ? { ...finding, fixes: [outcome] } : { ...finding, evidence: [outcome] }
}

/** The fix, or why there is none. */
function fixFor(server: DevServer, command: WrittenCommand, use: Use, project: Project): Fix | Evidence {
  const review = { applicability: 'review' } as const
  if (server.kind === 'unknown') return { note: server.obstacle, at: command.at }
  if (server.kind === 'reload') {
    return {
      ...review,
      title: 'Leave out --reload',
      edits: server.flags.map(([from, to]) => removeWords(command, from, to)),
      caveat: 'Changes to the files of a running container no longer take effect.',
    }
  }
  if (server.kind === 'fastapi') {
    return {
      ...review,
      title: 'Start FastAPI with fastapi run',
      edits: [replaceWords(command, server.verb, server.verb + 1, ['run'])],
      caveat: 'Without --host it then listens on all addresses; changes to files no longer take effect.',
    }
  }
  return gunicornFor(server, command, use, project)
}

function gunicornFor(
  server: Extract<DevServer, { kind: 'django' | 'flask' }>,
  command: WrittenCommand,
  use: Use,
  project: Project,
): Fix | Evidence {
  const { application, from, to, bind, python, asModule } = server
  const refuse = (note: string): Evidence => ({ note, at: command.at })
  if ('obstacle' in application) return refuse(application.obstacle)
  const { names, files } = installedPackages(use, project)
  const special = ['channels', 'daphne', 'flask-socketio', 'python-socketio', 'flask-sock'].find((name) =>
    names.has(name),
  )
  if (special) return refuse(`${special} wants a server that speaks more than WSGI`)
  if (server.kind === 'django' && leavesStaticFiles(application.settings, names, project))
    return refuse('runserver serves the static files as well, and nothing else here would')
  const added = names.has('gunicorn') ? [] : addGunicorn(files, server.kind)
  if ('note' in added) return added
  const folder = python?.includes('/') ? python.slice(0, python.lastIndexOf('/') + 1) : ''
  const name = wordInCommand(command, application.name)
  const path = application.path ? [['--pythonpath', application.path] as const] : []
  if (name === undefined) return refuse(`${application.name} cannot be written here without quotes`)
  const program = asModule ? ['-m', 'gunicorn'] : [`${folder}gunicorn`]
  const options = optionWords(command, [...path, ['--bind', bind], ['--threads', '4']])
  const also = added.length > 0 ? ', and install it' : ''
  return {
    title: `Serve ${application.name} with gunicorn${also}`,
    applicability: 'review',
    edits: [replaceWords(command, from, to, [...program, name, ...options]), ...added],
    caveat: 'Start it, and look at pages, static files and uploads; the debugger and reloading are gone.',
  }
}

/** Whether static files would be lost: the app for them is on, DEBUG is not off, and neither whitenoise nor nginx is there. */
function leavesStaticFiles(settings: readonly string[], names: ReadonlySet<string>, project: Project): boolean {
  const text = settings.join('\n')
  if (!/django\.contrib\.staticfiles/.test(text) || /whitenoise/i.test(text) || names.has('whitenoise')) return false
  if (/^DEBUG\s*=\s*False\b/m.test(text) && !/^DEBUG\s*=\s*(?!False|\s)/m.test(text)) return false
  return !project.paths.some(
    (path) =>
      /(^|\/)([\w.-]*nginx[\w.-]*|[\w.-]+\.conf(\.template)?|Caddyfile)$/.test(path) &&
      /\bstatic/.test(project.read(path)?.text ?? ''),
  )
}

/** A line for gunicorn in the file that lists the framework, without a version like the others; or why not. */
function addGunicorn(files: readonly Requirements[], framework: string): readonly TextEdit[] | Evidence {
  const listing = files.flatMap((document) => {
    const entry = document.entries.find((each) => each.kind === 'requirement' && each.name === framework)
    return entry ? [{ document, entry }] : []
  })
  const [one, other] = listing
  if (!one || other) return { note: 'gunicorn is not among the packages that the image installs' }
  const { document, entry } = one
  const place = { path: document.file.path, start: entry.start, end: entry.end }
  if (document.hashed || document.compiled)
    return { note: 'gunicorn is not installed, and the list of packages is locked', at: place }
  const isPinned = document.entries.some((each) => each.kind === 'requirement' && each.specifiers.length > 0)
  if (isPinned)
    return {
      note: 'gunicorn is not installed, and which version would go with the others is not known here',
      at: place,
    }
  return [insertLinesBelow(document, entry.end, 'gunicorn')]
}

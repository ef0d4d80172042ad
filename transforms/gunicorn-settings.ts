import {
  appendWords,
  type Dockerfile,
  defineTransform,
  type Evidence,
  environmentsOf,
  type Finding,
  type Fix,
  fileInImage,
  installedPackages,
  isForDevelopers,
  optionWords,
  type Project,
  startInstructions,
  type TextEdit,
  type Use,
  usesOf,
  type WrittenCommand,
  writtenCommands,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'gunicorn-settings',
  title: 'Let gunicorn serve more than one request at a time, and nothing slow it down',
  severity: 'low',
  references: [],
  on: 'dockerfile',
  doc: `
Three settings of gunicorn, each a finding of its own, for commands of the image and of Compose services:

* \`--worker-tmp-dir /dev/shm\`: every worker touches a file to show that it lives. On the file system of a container a
  write can block, and gunicorn then kills a healthy worker. \`/dev/shm\` is memory, and every container has it.
* With neither workers nor threads gunicorn is one process that answers one request after the other. The fix gives it four
  workers with two threads each, and 120 seconds until a silent worker is killed; the alternative is one process with four
  threads. A timeout that is set is never touched.
* \`--access-logfile -\`: gunicorn writes down no request unless it is told to.

Keeps quiet where other places decide: \`gunicorn.conf.py\` beside the program, \`--config\`, \`GUNICORN_CMD_ARGS\` and, for the
workers, \`WEB_CONCURRENCY\`; about workers of other kinds (gevent, uvicorn), which answer many requests at once; about
services for developers, by their names or since the source is mounted into them; and where \`ipc: none\` takes \`/dev/shm\`
away.

## Safety

The directory of the heartbeats is safe. More workers and threads are a matter of review: each worker takes its own memory,
and what the program keeps in variables is each worker's own; code that runs in threads has to stand it. Where a scheduler
or a counter of metrics is installed, which would be there once per worker, only threads are offered. An access log holds
addresses of people.
`,
  *run(document, project) {
    const seen = new Set<string>()
    for (const use of usesOf(document, project)) {
      for (const command of writtenCommands(use, project)) {
        const args = gunicornArgs(command)
        const key = `${command.path}\0${command.words[0]!.start}`
        if (!args || seen.has(key)) continue
        seen.add(key)
        if (!isForDevelopers(command, use) && !isSetElsewhere(command, args, use, project))
          yield* findingsOf(command, args, use, project)
      }
    }
  },
})

/** What gunicorn is given; `undefined` for another program. */
function gunicornArgs({ words }: WrittenCommand): readonly string[] | undefined {
  const at = words.slice(0, 6).findIndex(({ value }) => /(^|\/)gunicorn$/.test(value))
  const isStarted = words.slice(0, at).every(({ value }) => WRAPPERS.test(value))
  return at >= 0 && isStarted ? words.slice(at + 1).map(({ value }) => value) : undefined
}

/** What may stand before a program that it starts. */
const WRAPPERS =
  /^(exec|poetry|pipenv|uv|pdm|run|env|ddtrace-run|newrelic-admin|run-program|opentelemetry-instrument|-m|-u|([\w./-]*\/)?python[\d.]*|([\w./-]*\/)?(tini|dumb-init)|--|-g)$/

/** Whether a file, a variable or another instruction has a say as well. */
function isSetElsewhere(command: WrittenCommand, args: readonly string[], use: Use, project: Project): boolean {
  const { image, consumers } = use
  if (has(args, '-c', '--config', '--paste', '--paster') || /lambda/.test(image.reference ?? '')) return true
  const folder = givenTo(args, '--chdir')
  const files = ['gunicorn.conf.py', ...(folder ? [`${folder}/gunicorn.conf.py`] : [])]
  if (files.some((file) => fileInImage(use, file, project))) return true
  const { entrypoint, cmd } = startInstructions(image)
  const isFront = entrypoint !== undefined && command.at.start === entrypoint.start && !command.consumer
  if (isFront && (cmd || consumers.some(({ service, commands }) => service?.command ?? commands[0]))) return true
  if (consumers.some(({ service }) => service?.ipc?.value === 'none')) return true
  return isSet('GUNICORN_CMD_ARGS', command, use, project)
}

/** Whether whoever runs the command sets a variable. */
function isSet(name: string, { consumer }: WrittenCommand, use: Use, project: Project): boolean {
  const own = consumer ? { ...use, consumers: [consumer] } : use
  return environmentsOf([own], project).some(({ variable }) => variable(name)?.value !== undefined)
}

/** Whether a variable may come from a file or a platform that nobody can look into here. */
function mayBeSet(name: string, { consumer }: WrittenCommand, use: Use, project: Project): boolean {
  const own = consumer ? { ...use, consumers: [consumer] } : use
  return environmentsOf([own], project).some(({ variable }) => variable(name) === undefined)
}

function* findingsOf(command: WrittenCommand, args: readonly string[], use: Use, project: Project): Iterable<Finding> {
  const { stage } = use.image
  const who = command.consumer?.service?.name
  const subject = who ? `service:${who}` : `stage:${stage.name ?? stage.index}`
  if (!has(args, '--worker-tmp-dir')) {
    const isOpen = mayBeSet('GUNICORN_CMD_ARGS', command, use, project)
    const fix: Fix = {
      title: 'Keep the heartbeats in memory',
      applicability: isOpen ? 'review' : 'safe',
      edits: [adding(command, ['--worker-tmp-dir', '/dev/shm'])],
      ...(isOpen && { caveat: 'It goes before what GUNICORN_CMD_ARGS may say in a file that is not here.' }),
    }
    yield {
      at: command.at,
      subject: `heartbeat:${subject}`,
      message: 'gunicorn keeps the heartbeats of its workers on a disk that may block',
      fixes: [fix],
    }
  }
  const busy = busyFixes(command, args, use, project)
  if (busy)
    yield {
      at: command.at,
      subject: `workers:${subject}`,
      message: 'gunicorn answers one request after the other',
      ...busy,
    }
  if (!has(args, '--access-logfile', '--log-config', '--log-config-json', '--log-config-dict', '--logger-class')) {
    yield {
      at: command.at,
      subject: `log:${subject}`,
      message: 'gunicorn writes down no request',
      fixes: [
        {
          title: 'Write the access log to the output of the container',
          applicability: 'review',
          edits: [adding(command, ['--access-logfile', '-'])],
          caveat: 'It holds the addresses of people, one line for each request.',
        },
      ],
    }
  }
}

function adding(command: WrittenCommand, ...options: readonly (readonly [name: string, value: string])[]): TextEdit {
  return appendWords(command, optionWords(command, options))
}

/** Packages of which every worker would have its own: a scheduler that runs everything several times, a partial count. */
const ONCE =
  /^(apscheduler|(flask|django)-apscheduler|schedule|prometheus-client|prometheus-flask-exporter|django-prometheus|starlette-exporter|python-socketio|flask-socketio)$/

/** How to answer more than one request at once; `undefined` where it does already, or somebody has decided otherwise. */
function busyFixes(
  command: WrittenCommand,
  args: readonly string[],
  use: Use,
  project: Project,
): Pick<Finding, 'evidence' | 'fixes'> | undefined {
  const kind = givenTo(args, '-k', '--worker-class')
  const workers = givenTo(args, '-w', '--workers')
  if (has(args, '--threads') || (kind !== undefined && kind !== 'sync') || (workers !== undefined && workers !== '1'))
    return undefined
  if (isSet('WEB_CONCURRENCY', command, use, project)) return undefined
  const threads: Fix = {
    title: 'Answer with four threads of one process',
    applicability: 'review',
    edits: [adding(command, ['--threads', '4'])],
    caveat: 'The code, and what it keeps in variables, must stand several threads.',
  }
  const once = [...installedPackages(use, project).names].find((name) => ONCE.test(name))
  const evidence: Evidence[] = once ? [{ note: `Every worker would have ${once} to itself`, at: command.at }] : []
  // An only worker may be a decision; one that takes its class or a variable into account is left one.
  if (once || workers !== undefined || kind !== undefined) return { evidence, fixes: [threads] }
  const timeout = has(args, '-t', '--timeout') ? [] : [['--timeout', '120'] as const]
  // Platforms tell how many by a variable, which an option would go before unless a shell fills it in.
  const isFilledIn = command.shell && !command.consumer
  const count = isFilledIn ? '${WEB_CONCURRENCY:-4}' : '4'
  const isOpen = !isFilledIn && mayBeSet('WEB_CONCURRENCY', command, use, project)
  const more: Fix = {
    title: 'Answer with four workers of two threads each',
    applicability: 'review',
    edits: [adding(command, ['--workers', count], ['--worker-class', 'gthread'], ['--threads', '2'], ...timeout)],
    caveat: `Each worker takes the memory of the program again, and has its variables to itself; the code must stand threads.${isOpen ? ' WEB_CONCURRENCY no longer counts.' : ''}`,
  }
  return { evidence, fixes: [more, threads] }
}

/** Whether one of these options is given, in any spelling. */
function has(args: readonly string[], ...options: readonly string[]): boolean {
  return args.some((arg) => options.some((option) => isOption(arg, option)))
}

function isOption(arg: string, option: string): boolean {
  return (
    arg === option ||
    arg.startsWith(`${option}=`) ||
    (/^-\w$/.test(option) && /^-\w[^-]/.test(arg) && arg.startsWith(option))
  )
}

/** The value of an option; an empty text if it has none. */
function givenTo(args: readonly string[], ...options: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => options.some((option) => isOption(arg, option)))
  const arg = args[at]
  if (arg === undefined) return undefined
  if (options.includes(arg)) return args[at + 1] ?? ''
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : arg.slice(2)
}

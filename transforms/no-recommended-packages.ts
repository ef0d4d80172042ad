import {
  addWords,
  at,
  broughtAlong,
  broughtByBase,
  type Dockerfile,
  defineTransform,
  type Evidence,
  type Finding,
  heldBy,
  type Image,
  type Instruction,
  isCompletedByRecommended,
  isEditable,
  isMissed,
  isSaidUpTo,
  type NamedPackage,
  optionOf,
  type PackageCommand,
  packageCommandsOf,
  packageInFront,
  type ShellWord,
  usesOf,
  wordsAbout,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'no-recommended-packages',
  title: 'Install the packages that are named, and not what they recommend',
  severity: 'low',
  references: ['DL3015', 'DS-0029', 'CIS-DI-4.3', 'KICS: Apt Get Not Avoiding Additional Packages'],
  on: 'dockerfile',
  doc: `
On Debian and Ubuntu, \`apt-get install\` also installs what the packages recommend: a compiler for \`pip\`, a mail server for
\`cron\`, video drivers for \`ffmpeg\`. Each of them makes the image larger and gives an attacker more to work with.

With \`--no-install-recommends\` only what is needed comes. What the image relies on without having named it is named:
\`ca-certificates\` for everything that fetches over https, an ssh client where git uses ssh, \`libc6-dev\` for \`gcc\`, a
compiler where \`pip\` may have to build something. What else is left out is listed, as Debian 12 has it.

Only in stages that are deployed, or that those start from: what stays in a stage for building harms nobody.

Keeps quiet where a setting says it already. Reports without a fix where only the build knows what is installed, for
package files, and for packages that hardly work without what they recommend, such as desktops, browsers and TeX.

## Safety

Always a matter of review. A program may look for what was recommended only while it runs: a font, a plug-in, a library
it opens by name. Build the image, start it, and use what it is for. Other releases recommend other things than Debian 12.
`,
  *run(document, project) {
    const runs = document.instructions.filter(
      (run) => recommending(document, run).length > 0 && isEditable(document, run),
    )
    if (runs.length === 0) return
    const images = usesOf(document, project).map(({ image }) => image)
    for (const run of runs) {
      const image = images.find(({ instructions }) => instructions.includes(run))
      if (image && !isSaidUpTo(document, run, SETTING)) yield findingOf(image, run, recommending(document, run))
    }
  },
})

/** The calls of a RUN that install what packages recommend. */
function recommending(document: Dockerfile, run: Instruction): readonly PackageCommand[] {
  return packageCommandsOf(document, run).filter(
    (command) =>
      (command.manager === 'apt-get' || command.manager === 'apt') &&
      command.verb === 'install' &&
      (command.packages.length > 0 || command.prefix.some(({ value }) => value === 'xargs')) &&
      !optionOf(command, '--no-install-recommends', '--install-recommends', '-s', '--simulate', '--dry-run') &&
      !command.options.some(({ value }) => /install-recommends/i.test(value ?? '')) &&
      !command.args.some(({ literal, value }) => !literal && /recommends|opt|flag|arg|param/i.test(value)),
  )
}

/** A setting of apt that says it for all. */
const SETTING = /apt::install-recommends|apt\.conf|APT_CONFIG/i

function findingOf(image: Image, run: Instruction, commands: readonly PackageCommand[]): Finding {
  const { document } = image
  const finding = {
    at: at(document, commands[0]!.command),
    subject: `recommended:${wordsAbout(commands)}`,
    message: 'apt-get installs what the packages recommend as well',
  }
  const objections = commands.flatMap((command) => objectionsTo(document, command))
  if (objections.length > 0) return { ...finding, evidence: objections }
  const { namedAt, broughtAt, isMissing } = contentsOf(image)
  const brought = broughtByBase(image.reference)
  const isHeld = (name: string) =>
    brought.has(name) ||
    (namedAt.get(name) ?? Number.POSITIVE_INFINITY) <= run.index ||
    // What an earlier RUN brings by recommendation and is missed, its own repair names.
    ((broughtAt.get(name) ?? Number.POSITIVE_INFINITY) < run.index && isMissing(name))
  const lost = commands.map((command) => ({
    command,
    names: lostBy(command).filter((name) => !isHeld(name)),
  }))
  const all = [...new Set(lost.flatMap(({ names }) => names))]
  // What is missed is named where it is surely installed, if there is such a place.
  const byPlace = new Map(
    all.filter(isMissing).map((name) => {
      const losing = lost.filter(({ names }) => names.includes(name)).map(({ command }) => command)
      return [name, losing.find(({ command }) => command.plain) ?? losing[0]!] as const
    }),
  )
  const edits = commands.flatMap((command) => {
    const kept = [...byPlace].filter(([, place]) => place === command).map(([name]) => name)
    const first = command.packages[0]!.word
    return [
      addWords(document, lastOption(command), '--no-install-recommends'),
      ...(kept.length > 0 ? [packageInFront(document, first, kept)] : []),
    ]
  })
  const kept = [...byPlace.keys()]
  const left = all.filter((name) => !byPlace.has(name))
  const unknown = [...new Set(commands.flatMap(({ packages }) => packages.map(({ name }) => name)))].filter(
    (name) => broughtAlong(name) === undefined,
  )
  const title = kept.length > 0 ? `Install only what is named, and name ${listed(kept)}` : 'Install only what is named'
  return { ...finding, fixes: [{ title, applicability: 'review', edits, caveat: caveatOf(left, unknown) }] }
}

/** Why nobody can say what would be left out, or why too much would be. */
function objectionsTo(document: Dockerfile, { packages, command }: PackageCommand): readonly Evidence[] {
  if (packages.length === 0) return [{ note: 'Only the build knows what is installed', at: at(document, command) }]
  return packages.flatMap(({ kind, name, word }) => {
    const place = at(document, word)
    if (kind === 'computed') return [{ note: 'Only the build knows what is installed', at: place }]
    if (kind === 'file') return [{ note: 'What a package file recommends is not known here', at: place }]
    return isCompletedByRecommended(name)
      ? [{ note: `${name} hardly works without what it recommends`, at: place }]
      : []
  })
}

/** What is known of all that an image installs by apt. */
interface Contents {
  /** Which instruction names a package first. */
  readonly namedAt: ReadonlyMap<string, number>
  /** Which instruction is the first to surely bring a package by recommendation. */
  readonly broughtAt: ReadonlyMap<string, number>
  /** Whether the image needs a recommended package. */
  readonly isMissing: (name: string) => boolean
}

const contents = new WeakMap<Image, Contents>()

function contentsOf(image: Image): Contents {
  const known = contents.get(image) ?? readContents(image)
  contents.set(image, known)
  return known
}

function readContents(image: Image): Contents {
  const { document, instructions } = image
  const namedAt = new Map<string, number>()
  const broughtAt = new Map<string, number>()
  const missing = new Map<string, boolean>()
  const text = wordsOf(image)
  const put = (places: Map<string, number>, name: string, index: number) => {
    if (!places.has(name)) places.set(name, index)
  }
  for (const instruction of instructions) {
    for (const { verb, packages } of packageCommandsOf(document, instruction)) {
      if (verb !== 'install') continue
      for (const name of heldBy(packages.filter(isNamed).map(({ name }) => name))) put(namedAt, name, instruction.index)
    }
    for (const command of recommending(document, instruction)) {
      if (command.command.plain) for (const name of lostBy(command)) put(broughtAt, name, instruction.index)
    }
  }
  const isMissing = (name: string) => {
    const known = missing.get(name) ?? isMissed(name, text)
    missing.set(name, known)
    return known
  }
  return { namedAt, broughtAt, isMissing }
}

function isNamed({ kind }: NamedPackage): boolean {
  return kind === 'named'
}

function lostBy({ packages }: PackageCommand): readonly string[] {
  return [...new Set(packages.filter(isNamed).flatMap(({ name }) => broughtAlong(name) ?? []))]
}

/** What an image does, in words: its commands without those that install packages, its settings and mounts. */
function wordsOf({ document, instructions }: Image): string {
  const { text } = document.file
  return instructions
    .map((instruction) => {
      const installs = packageCommandsOf(document, instruction).filter(
        ({ verb }) => verb === 'install' || verb === 'remove',
      )
      let written = ''
      let done = instruction.start
      for (const { command, manager } of installs) {
        if (manager !== 'apt-get' && manager !== 'apt') continue
        written += `${text.slice(done, command.start)} `
        done = command.end
      }
      return written + text.slice(done, instruction.end)
    })
    .join('\n')
}

/** The last of the options that stand right behind the verb, or the verb itself. */
function lastOption({ command, verbWord, options }: PackageCommand): ShellWord {
  let last = verbWord
  for (const word of command.words.slice(command.words.indexOf(verbWord) + 1)) {
    if (!options.some((option) => option.word === word || option.valueWord === word)) break
    last = word
  }
  return last
}

function caveatOf(left: readonly string[], unknown: readonly string[]): string {
  const leaves = left.length > 0 ? ` On Debian 12 it leaves out ${listed(left)}.` : ''
  const open = unknown.length > 0 ? ` What ${listed(unknown)} would bring along is not known here.` : ''
  return `Build it, and use what it is for.${leaves}${open}`
}

const MOST = 12

function listed(names: readonly string[]): string {
  if (names.length > MOST) return `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('')
}

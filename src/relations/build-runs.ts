import { posix } from 'node:path'
import type { Instruction } from '../documents/dockerfile.js'
import type { Evidence } from '../model.js'
import { commandsIn, type Image, isUnder, locate, type RunCommand } from './image.js'

/** How the RUNs of a language's builds are read. */
export interface Trade<B> {
  /** The builder's own tools. */
  readonly tools: RegExp
  /** What one of them builds; nothing for those that only prepare; a text for what speaks against another stage. */
  build(command: RunCommand, run: Instruction, exported: ReadonlyMap<string, string>): B | string | undefined
  /** Other commands that leave nothing a program needs. */
  readonly harmless: RegExp
  /** Packages that only the build needs, and those that a stage for running has anyway. */
  readonly packages: RegExp
}

/** What the RUNs of a stage that builds come to. */
export interface BuildRuns<B> {
  readonly builds: readonly B[]
  /** What a RUN copies or moves, from where to where. */
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  /** RUNs that make accounts, folders or rights, and build nothing. */
  readonly settings: readonly Instruction[]
  /** What a stage for running alone would lack, or nobody can tell. */
  readonly objections: readonly Evidence[]
}

/** Packages that builds need in every language. */
const TOOLS =
  /^(git|gcc|g\+\+|make|cmake|musl-dev|musl-utils|libc-dev|libc6-dev|build-base|build-essential|binutils(-gold)?|bash|ca-certificates|tzdata|curl|wget|openssh(-client)?|mercurial|subversion|upx(-ucl)?|pkgconf|pkg-config|protobuf(-dev|-compiler)?|protoc|libprotobuf-dev|gnupg|unzip|zip|tar|file|jq|alpine-sdk|gettext|xz-utils|linux-headers|apt-transport-https)$/

/** Commands that leave nothing a program needs. */
const HARMLESS =
  /^(cd|ls|dir|echo|printf|pwd|set|true|:|export|test|\[|rm|strip|upx|cat|find|sleep|date|uname|which|env|protoc|buf)$/

const SETTINGS = /^(addgroup|adduser|groupadd|useradd|chown|chmod|mkdir|touch)$/

type Kind = 'tool' | 'packages' | 'move' | 'setting' | 'harmless' | 'unknown'

/** Reads the RUNs of a stage. `filled` are the paths that the build fills by itself: making those means nothing. */
export function buildRuns<B>(image: Image, trade: Trade<B>, filled: readonly string[]): BuildRuns<B> {
  const builds: B[] = []
  const moved: { from: string; to: string }[] = []
  const settings: Instruction[] = []
  const objections: Evidence[] = []
  for (const run of image.instructions) {
    if (run.keyword !== 'RUN') continue
    if (run.json || run.hereDocuments.length > 0 || image.document.shell(run).errors.length > 0) {
      objections.push({ note: 'What this RUN does cannot be told', at: locate(image, run) })
      continue
    }
    const commands = commandsIn(image.document, run, image.workdirAt(run))
    if (commands.length > 0 && commands.every((each) => kindOf(each, trade) === 'setting')) {
      if (!commands.every((each) => isCovered(each, filled))) settings.push(run)
      continue
    }
    const exported = new Map<string, string>()
    for (const each of commands) {
      const { command, args } = each
      const at = { path: image.document.file.path, start: command.start, end: command.end }
      for (const arg of command.name === 'export' ? args : []) {
        const [, name, value] = /^(\w+)=(.*)$/s.exec(arg ?? '') ?? []
        if (name !== undefined) exported.set(name, value!)
      }
      const kind = kindOf(each, trade)
      const built = kind === 'tool' ? trade.build(each, run, exported) : undefined
      if (built !== undefined && typeof built !== 'string') builds.push(built)
      const move = kind === 'move' ? moveOf(each) : undefined
      if (move) moved.push(move)
      const objection = typeof built === 'string' ? built : objectionTo(each, kind, trade, filled)
      if (objection !== undefined) objections.push({ note: objection, at })
    }
  }
  return { builds, moved, settings, objections }
}

function kindOf<B>({ command, args }: RunCommand, { tools, harmless }: Trade<B>): Kind {
  const { name } = command
  if (name === undefined) return command.words.length === 0 ? 'harmless' : 'unknown'
  if (tools.test(name)) return 'tool'
  if (/^(apt-get|apt|apk)$/.test(name)) return 'packages'
  if (name === 'mv' || name === 'cp') return 'move'
  if (SETTINGS.test(name)) return 'setting'
  if (name === 'git') return args[0] === 'config' ? 'harmless' : 'unknown'
  return HARMLESS.test(name) || harmless.test(name) ? 'harmless' : 'unknown'
}

function objectionTo<B>(each: RunCommand, kind: Kind, trade: Trade<B>, filled: readonly string[]): string | undefined {
  const { command, args } = each
  const written = command.redirects.find(
    ({ operator, target }) =>
      operator.startsWith('>') && target && !/^(\/dev\/|\d$|&)/.test(target.value) && !SOURCE.test(target.value),
  )
  if (written && kind !== 'packages') return `The build writes ${written.target!.value}, which the program may need`
  switch (kind) {
    case 'packages': {
      const needed = packagesIn(args).find((name) => !TOOLS.test(name) && !trade.packages.test(name))
      return needed === undefined ? undefined : `It installs ${needed}, which the program may need when it runs`
    }
    case 'move':
      return moveOf(each) ? undefined : `It runs ${command.name}, and it cannot be told on what`
    case 'setting':
      return isCovered(each, filled)
        ? undefined
        : `It runs ${command.name} within a RUN that builds, and the program may need what that makes`
    case 'unknown':
      return `It runs ${command.name ?? 'a command that only the build knows'}, and what the program needs of that is not known`
    default:
      return undefined
  }
}

/** The names behind `install` and `add`. */
function packagesIn(args: readonly (string | undefined)[]): readonly string[] {
  const verb = args.findIndex((arg) => arg === 'install' || arg === 'add')
  if (verb < 0) return []
  return args.slice(verb + 1).flatMap((arg, i, all) => {
    if (arg === undefined) return ['a package that only the build knows']
    const isValue = /^(-t|--virtual|-X|--repository|--target-release)$/.test(all[i - 1] ?? '')
    return arg.startsWith('-') || isValue ? [] : [arg.replace(/[=~<>@].*$/, '')]
  })
}

function moveOf({ args, here }: RunCommand): { from: string; to: string } | undefined {
  const words = args.filter((arg) => arg === undefined || !arg.startsWith('-'))
  const [from, to] = words
  if (words.length !== 2 || from === undefined || to === undefined || here === undefined || /[*?[]/.test(from))
    return undefined
  const source = posix.resolve(here, from)
  const target = posix.resolve(here, to)
  const isFolder = /(^|\/)\.?$/.test(to) || /^(\/usr(\/local)?)?\/s?bin$/.test(target)
  return { from: source, to: isFolder ? posix.join(target, posix.basename(source)) : target }
}

/** Whether a command only prepares what the build fills by itself, makes it executable, or makes sources look new. */
function isCovered({ command, args, here }: RunCommand, filled: readonly string[]): boolean {
  const words = args.filter((arg) => arg === undefined || !arg.startsWith('-'))
  const mode = command.name === 'chmod' ? words.shift() : undefined
  if (here === undefined || words.includes(undefined)) return false
  const paths = words.map((word) => posix.resolve(here, word!))
  switch (command.name) {
    case 'mkdir':
      return paths.every((path) => filled.some((each) => isUnder(each, path)))
    case 'chmod':
      return (
        /^([ugoa]*\+[rx]+|0?[57]55)$/.test(mode ?? '') &&
        paths.every((path) => filled.some((each) => isUnder(path, each)))
      )
    case 'touch':
      return paths.every((path) => SOURCE.test(path))
    default:
      return false
  }
}

const SOURCE = /\.(rs|go|java|kt|cs|fs)$/

/** Where the programs of a build end up, once the RUNs behind it have moved them. */
export function movedTo(path: string, moved: BuildRuns<unknown>['moved']): string {
  return moved.reduce((current, { from, to }) => (current === from ? to : current), path)
}

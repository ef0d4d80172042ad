import { posix } from 'node:path'
import type { Instruction, ShellCommand } from '../documents/dockerfile.js'
import type { Trade } from './build-runs.js'
import type { RunCommand } from './image.js'

/** A program that `go build` or `go install` leaves behind. */
export interface GoBuild {
  readonly run: Instruction
  readonly command: ShellCommand
  /** Where it lands; `undefined` where Go gives it the name of its package. */
  readonly output: string | undefined
  /** The folder that Go writes into where it gives the name; `undefined` for that of `go install`. */
  readonly folder: string | undefined
  /** What is built: a folder, a file, or the path of a package. */
  readonly source: string
  /** What the command says about C: `1`, `0`, or nothing. */
  readonly cgo: string | undefined
}

/** Options of `go build` and `go install` that take the next word as their value. */
const WITH_VALUE =
  /^--?(o|C|ldflags|gcflags|asmflags|gccgoflags|tags|mod|modfile|overlay|p|pkgdir|toolexec|buildmode|compiler|installsuffix|exec|covermode|coverpkg|pgo)$/

export const goTrade: Trade<GoBuild> = {
  tools: /^(\/usr\/local\/go\/bin\/)?go$/,
  build,
  harmless:
    /^(swag|templ|sqlc|wire|mockgen|easyjson|gqlgen|oapi-codegen|gofmt|goimports|golint|golangci-lint|staticcheck)$/,
  packages: /^(go|golang|bzr)$/,
}

function build(
  each: RunCommand,
  run: Instruction,
  exported: ReadonlyMap<string, string>,
): GoBuild | string | undefined {
  const { command, args, here } = each
  const [verb, ...rest] = args
  if (verb === 'run') return 'The build runs a program of its own, and what that makes is not known'
  if (verb !== 'build' && verb !== 'install') return undefined
  const { options, packages } = split(rest)
  // A tool by its version is no part of the program.
  if (packages.length > 0 && packages.every((name) => name?.includes('@'))) return undefined
  const objection = objectionTo(each, options, packages)
  if (objection !== undefined || here === undefined) return objection ?? 'Only the build knows where it builds'
  const first = packages[0] ?? '.'
  const isPath = /^[./]/.test(first) || first.endsWith('.go')
  const cgo = command.assigned.find(({ name }) => name === 'CGO_ENABLED')?.value?.value ?? exported.get('CGO_ENABLED')
  const common = { run, command, source: isPath ? posix.resolve(here, first) : first, cgo }
  const out = options.get('o')
  if (verb === 'install') return { ...common, output: undefined, folder: undefined }
  if (out === undefined) return { ...common, output: undefined, folder: here }
  const target = posix.resolve(here, out)
  if (/(^|\/)\.?$/.test(out)) return { ...common, output: undefined, folder: target }
  return { ...common, output: target, folder: posix.dirname(target) }
}

type Options = ReadonlyMap<string, string | undefined>

function split(words: readonly (string | undefined)[]): {
  options: Options
  packages: readonly (string | undefined)[]
} {
  const options = new Map<string, string | undefined>()
  const packages: (string | undefined)[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    const [, name, value] = /^--?([A-Za-z]\w*)=(.*)$/s.exec(word ?? '') ?? []
    if (name !== undefined) options.set(name, value)
    else if (word?.startsWith('-')) options.set(word.replace(/^-+/, ''), WITH_VALUE.test(word) ? words[++i] : '')
    else packages.push(word)
  }
  return { options, packages }
}

/** What speaks against running what a command builds somewhere else. */
function objectionTo(
  { command }: RunCommand,
  options: Options,
  packages: readonly (string | undefined)[],
): string | undefined {
  const mode = options.get('buildmode') ?? 'exe'
  if (options.has('race')) return 'It is built with the race detector, which is not for use'
  if (mode !== 'exe' && mode !== 'pie') return `It is built as ${mode}, which is no program of its own`
  if (options.has('C') || options.has('toolexec') || options.has('compiler')) return 'It is built in an unusual way'
  if (command.words.some(({ text }) => text.includes('-linkmode'))) return 'It is linked in an unusual way'
  if (packages.includes(undefined)) return 'Only the build knows what is built'
  if (options.has('o') && options.get('o') === undefined) return 'Only the build knows where the program is written'
  if (packages.some((name) => name!.includes('...'))) return 'One command builds whatever programs it finds'
  if (packages.length > 1 && !packages.every((name) => name!.endsWith('.go')))
    return 'One command builds several programs'
  return undefined
}

import type { Dockerfile, Instruction, ShellCommand, ShellWord, Stage } from '../documents/dockerfile.js'
import { type PackageCommand, packageCommandsOf } from './package-commands.js'

/** A place that lets apk install from Alpine's development branch. */
export interface EdgeSource {
  readonly run: Instruction
  readonly command: ShellCommand
  /** The name that packages say to come from it, of a line that begins with `@name`. */
  readonly tag: string | undefined
  /** The option of one call of apk, with its value; missing for a line written to the list of repositories. */
  readonly option?: readonly ShellWord[]
  /** The packages that may come from it. */
  readonly packages: readonly EdgePackage[]
}

export interface EdgePackage {
  /** Without the name of the repository; `undefined` if more than a name stands there, or only the build knows it. */
  readonly name: string | undefined
  readonly word: ShellWord
}

const EDGE = /^(?:@([\w-]+)\s+)?https?:\/\/\S+\/edge\/[\w-]+\/?$/
const LIST = '/etc/apk/repositories'

/** The places of a stage that let apk install from the development branch, with what may come from there. */
export function edgeSourcesOf(document: Dockerfile, stage: Stage): readonly EdgeSource[] {
  const runs = stage.instructions.filter(
    (run) => run.keyword === 'RUN' && /\/edge\/|@/.test(document.file.text.slice(run.args.start, run.end)),
  )
  if (!runs.some((run) => /\/edge\//.test(document.file.text.slice(run.args.start, run.end)))) return []
  return runs.flatMap((run) => [...listed(document, stage, run), ...optional(document, run)])
}

/** `echo …/edge/community >> /etc/apk/repositories`. */
function listed(document: Dockerfile, stage: Stage, run: Instruction): readonly EdgeSource[] {
  return document.shell(run).commands.flatMap((command) => {
    const [program, line, more] = command.words
    const edge =
      line?.literal && !more && /^(echo|printf)$/.test(program?.value ?? '') ? EDGE.exec(line.value.trim()) : null
    const appends =
      command.redirects.length === 1 &&
      command.redirects[0]!.operator === '>>' &&
      command.redirects[0]!.target?.value === LIST
    if (!edge || !appends) return []
    const later = addsOf(document, stage).filter((add) => add.command.start > command.start)
    return [{ run, command, tag: edge[1], packages: later.flatMap((add) => packagesOf(add, edge[1])) }]
  })
}

/** `apk add --repository …/edge/main`. */
function optional(document: Dockerfile, run: Instruction): readonly EdgeSource[] {
  return packageCommandsOf(document, run).flatMap((call) => {
    if (call.manager !== 'apk') return []
    return call.options.flatMap(({ name, value, word, valueWord }) =>
      /^(--repository|-X)$/.test(name) &&
      value !== undefined &&
      EDGE.test(value) &&
      /^(--repository|-X)(=|$)/.test(word.value)
        ? [
            {
              run,
              command: call.command,
              tag: undefined,
              option: valueWord ? [word, valueWord] : [word],
              packages: packagesOf(call, undefined),
            },
          ]
        : [],
    )
  })
}

/** The calls of `apk add` in a stage and in those that start from it. */
function addsOf(document: Dockerfile, stage: Stage): readonly PackageCommand[] {
  const isOn = (one: Stage | undefined): boolean => one !== undefined && (one === stage || isOn(one.parent))
  return document.stages
    .filter(isOn)
    .flatMap(({ instructions }) => instructions)
    .flatMap((run) => packageCommandsOf(document, run))
    .filter(({ manager, verb }) => manager === 'apk' && verb === 'install')
}

function packagesOf({ packages }: PackageCommand, tag: string | undefined): readonly EdgePackage[] {
  return packages.flatMap(({ word }) => {
    const [name = '', from] = word.value.split('@')
    if (tag !== undefined && from !== tag && word.literal) return []
    const isName = word.literal && word.text === word.value && /^[\w.+-]+$/.test(name)
    return [{ name: isName ? name : undefined, word }]
  })
}

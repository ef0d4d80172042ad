import { posix } from 'node:path'
import type { Dockerfile, Instruction, ShellCommand, Stage } from '../documents/dockerfile.js'
import { documentOf } from '../documents/index.js'
import type { Evidence, Path, Project, Range } from '../model.js'
import { buildGraph } from './build-graph.js'
import { imageOf, locate } from './image.js'
import { sourceOf } from './image-files.js'
import { type PackageCommand, packageCommandsOf } from './package-commands.js'
import { isMounted } from './run-mounts.js'
import type { Use } from './uses.js'

/** What apt does with the lists of packages that `apt-get update` fetches, in the words of a RUN. */
export interface ListSteps {
  /** The calls that fetch them. */
  readonly updates: readonly PackageCommand[]
  /** The first call that needs them although nothing before it in the RUN has fetched them. */
  readonly relies: Range | undefined
}

const NEEDING = new Set('install upgrade dist-upgrade build-dep source download satisfy changelog'.split(' '))

/** Other programs that read the lists, and do not fetch them. */
const READER = /^(?:apt-cache|aptitude|apt-fast|mk-build-deps|rosdep|tasksel|gdebi|ansible-playbook)$/

const memo = new WeakMap<Instruction, ListSteps>()

/** Reads a RUN, or the RUN inside an ONBUILD, for what it does with the lists of apt. */
export function listStepsOf(document: Dockerfile, instruction: Instruction): ListSteps {
  const known = memo.get(instruction) ?? read(document, instruction)
  memo.set(instruction, known)
  return known
}

function read(document: Dockerfile, instruction: Instruction): ListSteps {
  const { keyword, json, start, end } = instruction
  const text = document.file.text.slice(start, end)
  if ((keyword !== 'RUN' && keyword !== 'ONBUILD') || !MENTION.test(text)) return { updates: [], relies: undefined }
  if (keyword === 'ONBUILD' || json) return { updates: [], relies: needsLists(text) ? { start, end } : undefined }
  const own = packageCommandsOf(document, instruction).filter(isApt)
  const updates = own.filter(({ verb }) => verb === 'update')
  const { commands } = document.shell(instruction)
  // It updates by itself.
  const adding = commands.filter(({ words }) => words.some(({ value }) => value === 'add-apt-repository'))
  const relies = commands.find((command) => {
    const known = own.find((each) => each.command === command)
    const needs = known
      ? NEEDING.has(known.verb)
      : READER.test(command.name ?? '') || needsLists(command.words.map(({ value }) => value).join(' '))
    return (
      needs && ![...updates.map((update) => update.command), ...adding].some((each) => isSurelyBefore(each, command))
    )
  })
  return { updates, relies }
}

function isApt({ manager }: PackageCommand): boolean {
  return manager === 'apt-get' || manager === 'apt'
}

const MENTION = /\bapt|rosdep|mk-build-deps|tasksel|gdebi|ansible/

/** Whether text that nobody here reads as commands installs by apt and has not updated before. */
function needsLists(text: string): boolean {
  const install = /\bapt(?:-get|itude)?\s+(?:-\S+\s+){0,20}(?:install|build-dep|upgrade|dist-upgrade|download)\b/.exec(
    text,
  )
  const update = /\bapt(?:-get|itude)?\s+(?:-\S+\s+){0,20}update\b/.exec(text)
  return install !== null && (update === null || update.index > install.index)
}

/** Whether one command has always run when another does. */
function isSurelyBefore(first: ShellCommand, second: ShellCommand): boolean {
  return (
    first.start < second.start &&
    (first.plain || first.conditions.every((condition, i) => second.conditions[i] === condition))
  )
}

/** Whether a RUN fetches lists into the image: none removes them again, and no mount holds them. */
export function leavesLists(document: Dockerfile, run: Instruction): boolean {
  const last = listStepsOf(document, run).updates.at(-1)
  return (
    last !== undefined &&
    !isElsewhere(last) &&
    !isMounted(document, run, '/var/lib/apt/lists') &&
    !isRemoved(document, run, last)
  )
}

/** Whether the lists go to another place than the usual one. */
function isElsewhere({ options }: PackageCommand): boolean {
  return options.some(({ value }) => /^(?:Dir|RootDir)\b/i.test(value ?? ''))
}

function isRemoved(document: Dockerfile, run: Instruction, last: PackageCommand): boolean {
  return document
    .shell(run)
    .commands.some(({ start, words }) => start > last.command.start && words.some(({ value }) => LISTS.test(value)))
}

/** The lists, or a folder with them, as whoever removes them may write it. */
const LISTS = /\/var\/lib\/(?:apt\b|\*|\{[^}]*\bapt\b)|\/var\/lib\/?$|\/var\/(?:\*|\{)|\blists\b|clean.*\.sh$/

/** Who needs the lists that a RUN has fetched, after it. */
export interface Reliance {
  /** Whether all of them are told. */
  readonly complete: boolean
  /** Those that install from them, a hundred at most. */
  readonly relying: readonly Evidence[]
  /** Scripts that nobody can read here, and that might. */
  readonly unknown: readonly Evidence[]
}

/** Of more than these nobody wants to hear, and nobody wrote them by hand. */
const MOST = 100

const relianceMemo = new WeakMap<Project, WeakMap<Instruction, Reliance>>()

/** Who relies on the lists that a RUN leaves: later instructions, stages and images built on this one, what starts. */
export function relianceOn(document: Dockerfile, run: Instruction, uses: readonly Use[], project: Project): Reliance {
  const known = relianceMemo.get(project) ?? new WeakMap<Instruction, Reliance>()
  relianceMemo.set(project, known)
  const reliance = known.get(run) ?? findReliance(document, run, uses, project)
  known.set(run, reliance)
  return reliance
}

function findReliance(document: Dockerfile, run: Instruction, uses: readonly Use[], project: Project): Reliance {
  const updates = (after: After) => listStepsOf(after.document, after.instruction).updates
  const ends = (after: After) => updates(after).some(({ command }) => command.plain)
  const relying: Evidence[] = []
  const unknown: Evidence[] = []
  for (const after of whatComesAfter(document, run, uses, project, ends)) {
    if (relying.length === MOST) break
    const { instruction } = after
    const { relies } = listStepsOf(after.document, instruction)
    const script = relies ? undefined : scriptOf(after, project, needsLists)
    if (relies) relying.push({ note: 'This installs from the lists that are there', at: locate(after, relies) })
    else if (script === 'unreadable')
      unknown.push({ note: 'This runs a script that is not in the repository', at: locate(after, instruction) })
    else if (script)
      relying.push({ note: `${script} installs from the lists that are there`, at: locate(after, instruction) })
  }
  const own = uses.filter(({ image }) => image.instructions.includes(run))
  return { complete: relying.length < MOST, relying: [...relying, ...own.flatMap(installsAtStart)], unknown }
}

/** The first of many, and how many more there are. */
export function firstOf(evidence: readonly Evidence[], most = 3): readonly Evidence[] {
  if (evidence.length <= most + 1) return evidence
  const { at } = evidence[most]!
  return [...evidence.slice(0, most), { note: `${evidence.length - most} more do the like`, ...(at && { at }) }]
}

/** An instruction that comes after another. */
export interface After {
  readonly document: Dockerfile
  readonly stage: Stage
  readonly instruction: Instruction
}

/**
 * What comes after a RUN: the rest of its stage, then the stages and images that are built on it. Where `ends` says so,
 * what is behind is no longer looked at.
 */
export function* whatComesAfter(
  document: Dockerfile,
  run: Instruction,
  uses: readonly Use[],
  project: Project,
  ends: (after: After) => boolean,
): Iterable<After> {
  function* follow(other: Dockerfile, stage: Stage, from: number): Iterable<After> {
    for (const instruction of stage.instructions) {
      if (instruction.index <= from) continue
      const after = { document: other, stage, instruction }
      yield after
      if (ends(after)) return
    }
    for (const child of other.stages) if (child.parent === stage) yield* follow(other, child, -1)
  }
  yield* follow(document, document.stages[run.stage]!, run.index)
  for (const { image, children } of uses) {
    if (!image.instructions.includes(run)) continue
    for (const { at } of children) {
      const file = at.path === document.file.path ? undefined : project.read(at.path)
      const child = file && documentOf(file, 'dockerfile')
      const stage = child?.stages.find(({ from }) => from.start === at.start)
      if (child && stage) yield* follow(child, stage, -1)
    }
  }
}

/** What starts in a container and installs by apt without updating first. */
function installsAtStart({ starts }: Use): readonly Evidence[] {
  return starts.flatMap(({ commands }) => {
    const apt = commands.filter(({ words }) => /^apt(?:-get|itude)?$/.test(posix.basename(words[0] ?? '')))
    const first = apt.find(({ words }) => words.some((word) => word === 'install' || word === 'update'))
    if (!first?.words.includes('install')) return []
    return [{ note: 'A container installs from these lists when it starts', at: first.at }]
  })
}

/** The script of the repository that a RUN runs and that needs something; `unreadable` if one cannot be found. */
export function scriptOf(
  { document, stage, instruction: run }: After,
  project: Project,
  needs: (text: string) => boolean,
): Path | 'unreadable' | undefined {
  if (!mayRunScript(document, run)) return undefined
  const image = imageOf(document, stage)
  const contexts = buildGraph(project).contextsOf(document.file.path)
  for (const { words } of document.shell(run).commands) {
    const script = scriptAmong(words.map(({ value }) => value))
    if (script === undefined) continue
    const path = posix.resolve(image.workdirAt(run) ?? '/', script)
    const source = /[$`*]/.test(script) ? undefined : sourceOf(image, path, contexts, project)
    const text = source && project.read(source)?.text
    if (text === undefined) return 'unreadable'
    if (needs(text.replace(/^\s*#.*$/gm, ''))) return source
  }
  return undefined
}

const SCRIPT = /\.(?:ba)?sh\b/

const mentions = new WeakMap<Instruction, boolean>()

function mayRunScript({ file }: Dockerfile, run: Instruction): boolean {
  const known = mentions.get(run)
  if (known !== undefined) return known
  const found = run.keyword === 'RUN' && !run.json && SCRIPT.test(file.text.slice(run.args.start, run.end))
  mentions.set(run, found)
  return found
}

function scriptAmong(words: readonly string[]): string | undefined {
  const script = /^(?:sudo|sh|bash|ash|dash|\.|source)$/.test(words[0] ?? '')
    ? words.slice(1).find((word) => !/^(?:-.*|sh|bash)$/.test(word))
    : words[0]
  return script !== undefined && SCRIPT.test(script) ? script : undefined
}

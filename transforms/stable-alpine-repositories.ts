import {
  alpineBranch,
  at,
  type Dockerfile,
  defineTransform,
  type EdgeSource,
  type Evidence,
  edgeSourcesOf,
  type Finding,
  type Fix,
  type Instruction,
  imageOf,
  isEditable,
  isInStableBranches,
  parseReference,
  type Range,
  removeLines,
  replace,
  type Stage,
  type TextEdit,
  textOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'stable-alpine-repositories',
  title: 'Install from the stable branch of Alpine',
  severity: 'medium',
  references: [],
  on: 'dockerfile',
  doc: `
\`edge\` is where Alpine is developed. A package from there wants the libraries of its day: next to those of a stable branch
it may bring half of the system along, or not start at all, and from one build to the next it is another version.

Where every package that may come from \`edge\` is known to be in the stable branches, the line that is added to
\`/etc/apk/repositories\` goes, or the option \`--repository\`, and with a named repository the \`@name\` behind its packages.

Keeps quiet about images that are \`edge\` themselves, and about lists that are changed in other ways, as with \`sed\`.

Reports with advice alone packages that nobody here knows to be in the stable branches, versions and names that only the
build tells, branches before 3.12, and a RUN whose comment speaks of \`edge\`: its author has decided.

## Safety

Always a matter of review: the versions of a stable branch are older. Build it, and look whether the program still likes
them.
`,
  *run(document) {
    for (const stage of document.stages) {
      const sources = edgeSourcesOf(document, stage)
      if (sources.length > 0 && !isEdge(document, stage)) yield findingOf(document, stage, sources)
    }
  },
})

function isEdge(document: Dockerfile, stage: Stage): boolean {
  return /\bedge\b/.test(parseReference(imageOf(document, stage).reference ?? '').tag ?? '')
}

function findingOf(document: Dockerfile, stage: Stage, sources: readonly EdgeSource[]): Finding {
  const [first] = sources
  const evidence = doubtsAbout(document, stage, sources)
  const edits = evidence.length === 0 ? withoutEdge(document, sources) : undefined
  const fix: Fix = edits
    ? {
        title: 'Install from the stable branch alone',
        applicability: 'review',
        edits,
        caveat: 'The versions of the stable branch are older; build it and try the program.',
      }
    : {
        title: 'Leave the development branch out, if the stable one has these packages',
        applicability: 'hint',
        edits: [],
      }
  return {
    at: at(document, first!.command),
    subject: `stage:${stage.name ?? stage.index}`,
    message: 'Packages of the development branch are mixed into a stable Alpine',
    evidence,
    fixes: [fix],
  }
}

/** The first branch of which the list of packages holds. */
const FIRST_BRANCH = 12

function doubtsAbout(document: Dockerfile, stage: Stage, sources: readonly EdgeSource[]): readonly Evidence[] {
  const { base, reference } = imageOf(document, stage)
  const { repository, tag = 'latest' } = parseReference(reference ?? '')
  const from = at(document, stage.from)
  if (base?.family !== 'alpine') return [{ note: 'Nobody here knows which branch of Alpine the base is', at: from }]
  const branch = alpineBranch(repository, tag)
  if (branch !== undefined && branch < FIRST_BRANCH)
    return [{ note: 'What the branch of the base has is not known any more', at: from }]
  const told = sources.flatMap(({ run }) => commentAbout(document, run) ?? [])
  if (told[0]) return [{ note: 'A comment says why it comes from there', at: at(document, told[0]) }]
  const unknown = sources
    .flatMap(({ packages }) => packages)
    .filter(({ name }) => name === undefined || !isInStableBranches(name))
  const words = new Map(unknown.map(({ word }) => [word.start, word]))
  const notes = [...words.values()].map((word) => ({
    note: `Nobody here knows whether the stable branch has ${word.text}`,
    at: at(document, word),
  }))
  return sources.some(({ packages }) => packages.length > 0)
    ? notes
    : [{ note: 'No package is known to come from there', at: at(document, sources[0]!.command) }]
}

/** A comment in the block right above a RUN that speaks of the development branch: its author has decided. */
function commentAbout(document: Dockerfile, run: Instruction): Range | undefined {
  let top = run.start
  for (const comment of document.comments.toReversed()) {
    if (comment.end > top) continue
    if (!/^\s*$/.test(textOf(document, { start: comment.end, end: top }))) return undefined
    if (/\bedge\b/i.test(textOf(document, comment))) return comment
    top = comment.start
  }
  return undefined
}

/** All edits that leave the development branch out, or `undefined` if one of them cannot be had. */
function withoutEdge(document: Dockerfile, sources: readonly EdgeSource[]): readonly TextEdit[] | undefined {
  if (!sources.every(({ run }) => isEditable(document, run))) return undefined
  const edits: TextEdit[] = []
  for (const run of new Set(sources.map((source) => source.run))) {
    const lines = sources.filter((source) => source.run === run && !source.option)
    const ranges = rangesOf(document, run, lines)
    if (!ranges) return undefined
    edits.push(...ranges)
  }
  for (const { option, command } of sources) {
    if (!option) continue
    const before = command.words[command.words.indexOf(option[0]!) - 1]
    if (!before) return undefined
    edits.push(replace(document, { start: before.end, end: option.at(-1)!.end }, ''))
  }
  const tagged = new Map(
    sources.flatMap(({ tag, packages }) =>
      tag === undefined ? [] : packages.map(({ word, name }) => [word, name!] as const),
    ),
  )
  for (const [word, name] of tagged)
    edits.push(replace(document, { start: word.start + name.length, end: word.end }, ''))
  const overComment = edits.some(({ start, end }) => document.comments.some((c) => c.start < end && c.end > start))
  return overComment ? undefined : edits
}

/** The edits that take whole steps out of the `&&` chain of a RUN, or the RUN if nothing else is in it. */
function rangesOf(
  document: Dockerfile,
  run: Instruction,
  lines: readonly EdgeSource[],
): readonly TextEdit[] | undefined {
  if (lines.length === 0) return []
  const { chains } = document.shell(run)
  const [chain, more] = chains
  if (!chain || more || chain.steps.some(({ joinedBy }) => joinedBy === '||')) return undefined
  const isGone = ({ start, end }: Range) =>
    lines.some(
      ({ command }) =>
        command.start >= start && command.end <= end && textOf(document, { start, end: command.start }) === '',
    )
  const gone = chain.steps.map((step) => step.simple && isGone(step))
  if (gone.filter(Boolean).length !== lines.length) return undefined
  const firstKept = gone.indexOf(false)
  if (firstKept < 0) return run.flags.length > 0 ? undefined : [removeLines(document, run)]
  const head =
    firstKept > 0 ? [replace(document, { start: chain.steps[0]!.start, end: chain.steps[firstKept]!.start }, '')] : []
  const rest = chain.steps.flatMap((step, i) =>
    i > firstKept && gone[i] ? [replace(document, { start: chain.steps[i - 1]!.end, end: step.end }, '')] : [],
  )
  return [...head, ...rest]
}

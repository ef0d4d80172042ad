/**
 * Proves the pull requests of one repository by real builds and starts, each by itself on the base: what makes something worse
 * is left out, what cannot be proved stays and says so.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { allowing, plan } from '../../engine/plan.js'
import type { Plan, Project, Select } from '../../model.js'
import { type EvidenceSheet, evidenceOf } from '../../verify/evidence.js'
import { type Dropped, provePlan } from '../../verify/prove-plan.js'
import type { Proof, Prover } from '../../verify/verify.js'
import { clipped, inertMarkdown } from '../inert.js'
import type { CampaignSettings, PlannedRepository, PulledEvidence, PullPlan, RepositoryPlan } from '../model.js'
import type { Repository } from '../repository.js'
import { bodyOf } from './body.js'
import { answersTo } from './contents.js'
import { fetchedFrom } from './fetched.js'
import { type Grounds, type GroupPlan, groupPlans } from './grouping.js'
import { layOut } from './lay-out.js'
import { asked, commitOf, patchesOf } from './repository.js'
import { stepsOf } from './steps.js'
import { survey } from './survey.js'
import { titleOf } from './words.js'
import { groundsOf, leftBy } from './work.js'

/** What proving takes. */
export interface ProofMeans {
  /** Builds and starts what lies in `root`; `scratch` is an empty folder. */
  readonly proverFor: (root: string, scratch: string, project: Project) => Prover
  /** The evidence as Markdown in which nothing of a stranger's is markup. */
  readonly textOf: (sheets: readonly EvidenceSheet[]) => string
  /** Where a folder for it is made, and taken away again. */
  readonly folder: string
  /** Bytes of all files of the repository. */
  readonly most: number
  readonly signal: AbortSignal
}

type Changes = Extract<RepositoryPlan, { readonly state: 'changes' }>

/**
 * @returns the plan with its evidence. What goes wrong leaves it as it was, unproven.
 * @throws the signal's reason
 */
export async function proved(
  planned: PlannedRepository,
  repository: Repository,
  settings: CampaignSettings,
  means: ProofMeans,
): Promise<PlannedRepository> {
  if (planned.plan.state !== 'changes') return planned
  const folder = await mkdtemp(join(means.folder, 'proof-'))
  try {
    return await provedIn(folder, planned.plan, { planned, repository, settings, means })
  } catch (error) {
    means.signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    return unprovenAll(planned, planned.plan, why, settings)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface Subject {
  readonly planned: PlannedRepository
  readonly repository: Repository
  readonly settings: CampaignSettings
  readonly means: ProofMeans
}

async function provedIn(folder: string, known: Changes, subject: Subject): Promise<PlannedRepository> {
  const { planned, repository, settings, means } = subject
  const [root, scratch] = [join(folder, 'root'), join(folder, 'scratch')]
  await mkdir(root)
  await mkdir(scratch)
  const { contents, missing } = await layOut(repository, root, means.most)
  const { tree, commit } = await survey(repository, [])
  const answers = await answersTo(tree.paths, tree, { blobs: async () => contents })
  const project = fetchedFrom(commit.paths, answers).project()
  const grounds = await groundsOf({ ...commit, settings: asked(settings) }, project)
  const base = await plan(project, grounds.transforms, async () => [], grounds.filter)
  const groups = await groupPlans(settings.grouping, base.found, grounds)
  const commitsOf = (group: GroupPlan) =>
    stepsOf(group.plan, grounds.transforms, commit.format).map((step, n) => commitOf(step, n, settings))
  const isSame = groups.every((group) => {
    const pull = known.pulls.find((each) => each.group === group.name)
    return JSON.stringify(commitsOf(group)) === JSON.stringify(pull?.commits)
  })
  if (!isSame || groups.length !== known.pulls.length)
    return unprovenAll(planned, known, 'planned again with all of its files it is another plan', settings)

  const prover = means.proverFor(root, scratch, project)
  const results: Proven[] = []
  for (const group of groups) results.push(await provenGroup(group, grounds, prover))
  const left = leftBy(
    results.map(({ group }) => group),
    base,
  )
  const pulls = results.flatMap(({ group, proofs, dropped }) => {
    const pull = known.pulls.find((each) => each.group === group.name)!
    const commits = commitsOf(group)
    if (commits.length === 0) return []
    const evidence = evidenceFor(proofs, dropped, missing, means)
    return [worded({ ...pull, commits, ...(evidence && { evidence }) }, known, left, settings)]
  })
  const kept = results.filter(({ group }) => group.plan.steps.length > 0)
  const steps = kept.map(({ group: { name, plan: made } }) => ({
    name,
    steps: stepsOf(made, grounds.transforms, commit.format),
  }))
  const { pulls: _, ...rest } = known
  if (pulls.length > 0) return { plan: { ...rest, left, pulls }, patches: patchesOf(steps, known.slug) }
  const why = results.flatMap(({ dropped }) => dropped)[0]!.why.what
  return {
    plan: { ...rest, state: 'nothing', left, reason: `what could be done does not hold: with it ${why}` },
    patches: new Map(),
  }
}

interface Proven {
  readonly group: GroupPlan
  readonly proofs: readonly Proof[]
  readonly dropped: readonly Dropped[]
}

/** Leaves the guilty out of one pull request. What cannot be proved is nobody's guilt: it is kept from the search for it. */
async function provenGroup(
  first: GroupPlan,
  { project, transforms, filter, covers }: Grounds,
  prover: Prover,
): Promise<Proven> {
  let all: readonly Proof[] = []
  const judged: Prover = {
    traces: prover.traces,
    prove: async (before, after, counts) => {
      all = await prover.prove(before, after, counts)
      return all.filter(({ unproven }) => unproven === undefined)
    },
  }
  const choices = first.plan.steps.flatMap((step) => step.choices)
  const levels = [...new Set(choices.map(({ fix }) => fix.applicability))]
  const ids = new Set(first.plan.steps.map(({ transform }) => transform))
  const select: Select = async (proposal) => {
    const allowed = ids.has(proposal.transform.id) ? await allowing(...levels)(proposal) : []
    return allowed.filter(({ fix }) => fix.edits.every(({ path }) => covers(path)))
  }
  const again = (selected: Select): Promise<Plan> => plan(project, transforms, selected, filter)
  const { plan: made, dropped } = await provePlan(first.plan, judged, select, again)
  return { group: { name: first.name, plan: made }, proofs: all, dropped }
}

/** Nothing, if nothing that goes into an image differs. */
function evidenceFor(
  proofs: readonly Proof[],
  dropped: readonly Dropped[],
  missing: readonly string[],
  { textOf }: ProofMeans,
): PulledEvidence | undefined {
  if (proofs.length === 0 && dropped.length === 0) return undefined
  const isUnproven = proofs.length === 0 || proofs.some(({ unproven }) => unproven !== undefined)
  const out = dropped.map(({ transform, choice, why }) => {
    const line = why.line ? ` (${inertMarkdown(clipped(why.line, 300))})` : ''
    return `- Left out: ${inertMarkdown(transform)}, ${inertMarkdown(choice.fix.title)}. With it ${inertMarkdown(why.what)}${line}.`
  })
  const text = [textOf(proofs.map(evidenceOf)).trim(), out.join('\n'), isUnproven ? missing.join('\n') : '']
  return { text: `${text.filter((part) => part !== '').join('\n\n')}\n`, outcome: isUnproven ? 'unproven' : 'no worse' }
}

function unprovenAll(
  planned: PlannedRepository,
  known: Changes,
  why: string,
  settings: CampaignSettings,
): PlannedRepository {
  const evidence = { text: `unproven: ${inertMarkdown(clipped(why, 1000))}\n`, outcome: 'unproven' as const }
  const pulls = known.pulls.map((pull) => worded({ ...pull, evidence }, known, known.left, settings))
  return { ...planned, plan: { ...known, pulls } }
}

/** The pull request in the words that fit what is in it now. */
function worded(
  pull: PullPlan,
  { address, slug, base }: Changes,
  left: Changes['left'],
  settings: CampaignSettings,
): PullPlan {
  const repository = address.kind === 'remote' ? address.name : slug
  return {
    ...pull,
    title: titleOf(pull, settings, repository),
    body: bodyOf({ campaign: settings, pull, repository, base, left }),
  }
}

/** A plan over the repositories of a {@link World}, and a process that carries it out. */
import { createHash } from 'node:crypto'
import type { RemoteRepository } from '../../../src/campaign/forge.js'
import type {
  CampaignPlan,
  CampaignSettings,
  CommitPlan,
  Limits,
  PullPlan,
  RepositoryPlan,
} from '../../../src/campaign/model.js'
import { type ApplyOptions, applyCampaign, type CampaignMeans } from '../../../src/campaign/publish/campaign.js'
import type { JournalEntry } from '../../../src/campaign/publish/entries.js'
import { gateOf } from '../../../src/campaign/publish/gate.js'
import type { Journal } from '../../../src/campaign/publish/journal.js'
import { type LimitStore, limitsInMemory } from '../../../src/campaign/publish/limit-store.js'
import type { TreeEntry } from '../../../src/campaign/repository.js'
import { objectName, patchOf } from '../../../src/engine/patch.js'
import { forgeOf, ORIGIN, repositoryOf, World } from './world.js'

export const LIMITS: Limits = { gap: 1, notifyingGap: 3, perMinute: 10, perHour: { start: 20, step: 10, most: 60 } }

export const SETTINGS: CampaignSettings = {
  id: 'spring',
  name: 'Spring',
  level: 'safe',
  grouping: 'safe-together',
  options: {},
  draft: false,
  labels: ['hardening'],
  reviewers: [],
  codeowners: false,
  commits: 'auto',
  author: { name: 'Harden', email: 'harden@example.com' },
  limits: LIMITS,
  waves: [],
  stopLoss: { checksFailed: 0.2, closed: 0.2 },
}

export const FILES = { Dockerfile: 'FROM a\r\nRUN b\r\n', 'compose.yml': 'services: {}\n', README: 'hello' }

/** What the two pull requests of every repository make of its files. */
export const AFTER = {
  safe: { Dockerfile: 'FROM a:1\r\nRUN b\r\n' },
  healthcheck: { Dockerfile: 'FROM a\r\nRUN b\r\nHEALTHCHECK c\r\n', 'compose.yml': 'services: {web: {}}\n' },
}

const digest = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** As planning would: of the paths, modes and names of what was read. */
export function inputsOf(entries: readonly TreeEntry[], read: readonly string[]): string {
  const found = new Map(entries.map((entry) => [entry.path, entry]))
  return digest(JSON.stringify(read.map((path) => [path, found.get(path)?.kind, found.get(path)?.id])))
}

export type Texts = Readonly<Record<string, string>>

/** A commit that makes of some files others, and its patch. */
export function commitOf(transform: string, before: Texts, after: Texts): { plan: CommitPlan; patch: Buffer } {
  const paths = Object.keys(after).sort()
  const file = (path: string, text: string) => ({ path, text, encoding: 'utf8' as const, mode: 0o644 })
  const patch = patchOf(
    paths.map((path) => ({
      path,
      before: before[path] === undefined ? undefined : file(path, before[path]),
      after: file(path, after[path]!),
    })),
    ({ text }) => Buffer.from(text),
  )
  const name = (text: string) => objectName(Buffer.from(text), 'sha1')
  const plan: CommitPlan = {
    transform,
    message: `Apply ${transform}\n\nHarden-Campaign: spring\nHarden-Transform: ${transform}\n`,
    patch: { file: `0001-${transform}.patch`, digest: digest(patch) },
    files: paths.map((path) => ({
      path,
      mode: '100644',
      ...(before[path] !== undefined && { before: name(before[path]) }),
      after: name(after[path]!),
    })),
    fixes: [],
  }
  return { plan, patch }
}

export interface Stage {
  readonly world: World
  plan: CampaignPlan
  readonly patches: Map<string, Buffer>
  /** What survives a process: the journal on disk, and the limits. */
  readonly journal: JournalEntry[]
  readonly limits: LimitStore
}

/** A world with so many repositories, each with a plan of two pull requests, of one commit and of two. */
export function stageOf(count: number, settings: Partial<CampaignSettings> = {}): Stage {
  const world = new World()
  const patches = new Map<string, Buffer>()
  const repositories = Array.from({ length: count }, (_, i): RepositoryPlan => {
    const name = `acme/r${i}`
    const slug = `forge.example/${name}`
    const base = world.add(name, FILES).branches.get('main')!
    const pull = (group: string, steps: readonly { transform: string; after: Texts }[]): PullPlan => {
      let before: Texts = FILES
      const commits = steps.map(({ transform, after }) => {
        const { plan, patch } = commitOf(transform, before, after)
        patches.set(`${slug}/${group}/${plan.patch.file}`, patch)
        before = { ...before, ...after }
        return plan
      })
      const title = `Harden ${group}`
      return {
        group,
        branch: `harden/spring/${group}`,
        title,
        body: `${title}\n`,
        labels: ['hardening'],
        reviewers: [],
        draft: false,
        commits,
      }
    }
    const read = ['Dockerfile', 'compose.yml', 'missing']
    return {
      address: { kind: 'remote', forge: 'github', origin: ORIGIN, name },
      slug,
      findings: { high: 1, medium: 0, low: 0 },
      left: [],
      unread: [],
      state: 'changes',
      base: { branch: 'main', commit: base, inputs: inputsAt(world, base, read), read },
      pulls: [
        pull('safe', [{ transform: 'pinned', after: AFTER.safe }]),
        pull('healthcheck', [
          { transform: 'compose', after: { 'compose.yml': AFTER.healthcheck['compose.yml'] } },
          { transform: 'healthcheck', after: { Dockerfile: AFTER.healthcheck.Dockerfile } },
        ]),
      ],
    }
  })
  const campaign = { ...SETTINGS, ...settings }
  const plan = { version: 'harden-campaign-1' as const, campaign, repositories }
  return {
    world,
    plan: { ...plan, hash: digest(JSON.stringify(plan)) },
    patches,
    journal: [],
    limits: limitsInMemory(),
  }
}

function inputsAt(world: World, commit: string, read: readonly string[]): string {
  const entries = [...world.commits.get(commit)!.tree].map(([path, { bytes }]) => {
    return { path, isText: true, kind: 'file' as const, id: objectName(bytes, 'sha1') }
  })
  return inputsOf(entries, read)
}

/** A process on the stage; it knows nothing but what earlier ones left behind. */
export function processOn({ world, patches, journal, limits, plan }: Stage): CampaignMeans {
  const sleep = async (seconds: number) => {
    const wakes = world.time + seconds
    // Whatever was let through before happens before time passes.
    await new Promise((resolve) => setImmediate(resolve))
    world.time = Math.max(world.time, wakes)
  }
  const gate = gateOf(plan.campaign.limits, limits, () => world.time, sleep, new AbortController().signal)
  const kept: Journal = {
    entries: journal,
    async append(entry) {
      world.step()
      journal.push(JSON.parse(JSON.stringify(entry)) as JournalEntry)
      world.step()
    },
  }
  return {
    journal: kept,
    patch: async (place) => patches.get(place)!,
    inputsOf,
    open: (_, remote, at) => repositoryOf(world, remote as RemoteRepository, at),
    reach: () => ({ forge: forgeOf(world, gate), gate }),
    now: () => world.time,
  }
}

export function apply(stage: Stage, options: ApplyOptions = {}) {
  return applyCampaign(stage.plan, processOn(stage), options)
}

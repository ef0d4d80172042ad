import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  CampaignPlan,
  CommitPlan,
  LeftFinding,
  PlannedFinding,
  PullPlan,
  RepositoryPlan,
} from '../../src/campaign/model.js'
import { encode } from '../../src/disk.js'
import { loadLenses } from '../../src/documents/index.js'
import { fingerprints } from '../../src/engine/find.js'
import { patchOf } from '../../src/engine/patch.js'
import { plan, withReview } from '../../src/engine/plan.js'
import type { Plan, Reported, SourceFile, Step } from '../../src/model.js'
import { changedFiles, projectOf, textFile } from '../../src/project.js'
import { casesIn } from '../../src/testing.js'
import { positionAt } from '../../src/text.js'
import { transforms } from '../../transforms/index.js'

const snapshots = join(import.meta.dirname, '../../snapshots')

export interface Campaign {
  readonly plan: CampaignPlan
  readonly patches: ReadonlyMap<string, Buffer>
}

/** The names of services that weak containers may belong to. */
const NAMES = ['shop', 'billing', 'search', 'mailer', 'ledger', 'gateway', 'catalogue', 'reports', 'identity', 'media']

/**
 * A campaign over so many repositories, planned by the real engine: each holds ten weak services out of the cases of the
 * transforms. Every tenth repository has failed, and every fifth has nothing to do.
 */
export async function campaignOf(repositories: number): Promise<Campaign> {
  const kinds = await Promise.all([0, 1, 2, 3].map((n) => plannedProject(n)))
  const patches = new Map<string, Buffer>()
  const list = Array.from({ length: repositories }, (_, n): RepositoryPlan => {
    const name = `acme/${NAMES[n % NAMES.length]}-${String(n).padStart(3, '0')}`
    const base = {
      address: { kind: 'remote', forge: 'github', origin: 'https://github.com', name } as const,
      slug: `github.com/${name}`,
      findings: { high: 0, medium: 0, low: 0 },
      left: [],
      unread: [],
    }
    if (n % 10 === 9) return { ...base, state: 'failed', reason: 'It is larger than 200 MB, which is the limit.' }
    const commit = createHash('sha1').update(name).digest('hex')
    const at = { branch: 'main', commit, inputs: `sha256:${'0'.repeat(64)}` as const, read: [] }
    if (n % 5 === 4) return { ...base, state: 'nothing', base: at, reason: 'There is no weak file in it.' }
    const result = kinds[n % kinds.length]!
    const pulls = pullsOf(result, base.slug, patches)
    const findings = { high: 0, medium: 0, low: 0 }
    for (const { transform } of result.found) findings[transform.severity]++
    return { ...base, state: 'changes', base: at, findings, left: findingsOf(result.open, result), pulls }
  })
  return { plan: { ...SETTINGS, repositories: list }, patches }
}

const SETTINGS: Omit<CampaignPlan, 'repositories'> = {
  version: 'harden-campaign-1',
  hash: `sha256:${createHash('sha256').update('plan').digest('hex')}`,
  campaign: {
    id: 'non-root-2026',
    name: 'Containers without root',
    level: 'review',
    grouping: 'safe-together',
    options: {},
    draft: false,
    labels: ['security'],
    reviewers: ['acme/platform'],
    codeowners: true,
    commits: 'auto',
    author: { name: 'harden', email: 'harden@example.com' },
    limits: { gap: 1, notifyingGap: 3, perMinute: 40, perHour: { start: 60, step: 10, most: 400 } },
    waves: [10, 50],
    stopLoss: { checksFailed: 0.2, closed: 0.2 },
  },
}

/** A project of ten services that the real engine has planned. */
async function plannedProject(n: number): Promise<Plan> {
  const ids = ['non-root-user', 'key-value-env', 'apt-update-with-install', 'owned-copies', 'exec-form-command']
  ids.push('labelled-maintainer', 'copy-instead-of-add', 'pip-without-cache', 'numeric-user', 'image-healthcheck')
  const files = ids.flatMap((id): SourceFile[] => {
    const cases = casesIn(join(snapshots, id)).filter((folder) => readdirSync(folder).includes('after'))
    const folder = join(cases[n % cases.length]!, 'before')
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return paths.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return textFile(`services/${id}/${path.slice(folder.length + 1)}`, readFileSync(path, 'utf8'))
    })
  })
  const project = projectOf(files)
  await loadLenses(project.paths)
  return plan(project, transforms, withReview)
}

function pullsOf(result: Plan, slug: string, patches: Map<string, Buffer>): readonly PullPlan[] {
  const isSafe = (step: Step) => step.choices.every(({ fix }) => fix.applicability === 'safe')
  const groups = new Map<string, Step[]>()
  for (const step of result.steps) {
    const group = isSafe(step) ? 'safe' : step.transform
    groups.set(group, [...(groups.get(group) ?? []), step])
  }
  return [...groups].map(([group, steps]) => ({
    group,
    branch: `harden/non-root-2026/${group}`,
    title: group === 'safe' ? 'Harden containers: safe fixes' : `Harden containers: ${group}`,
    body: 'These changes were made by harden.\n\n| file | what |\n|---|---|\n',
    labels: ['security'],
    reviewers: ['acme/platform'],
    draft: group !== 'safe',
    commits: steps.map((step, i) => commitOf(step, i, `${slug}/${group}`, patches)),
    ...(group === 'safe' && {
      evidence: {
        outcome: 'no worse' as const,
        text: '### app: is no worse than before\n\n| | before | after |\n|---|---|---|\n| runs as | root (0) | 10001 |\n| size | 148 MB | 121 MB |\n| health | no check | healthy |\n',
      },
    }),
  }))
}

function commitOf(step: Step, i: number, folder: string, patches: Map<string, Buffer>): CommitPlan {
  const file = `${String(i + 1).padStart(4, '0')}-${step.transform}.patch`
  const patch = patchOf(changedFiles(step.before, step.after), encode)
  patches.set(`${folder}/${file}`, patch)
  const transform = transforms.find(({ id }) => id === step.transform)!
  const found = step.choices.map(({ finding }) => ({ transform, finding }))
  const named = namedFindings(found, step.before)
  return {
    transform: step.transform,
    message: 'Harden\n',
    patch: { file, digest: `sha256:${createHash('sha256').update(patch).digest('hex')}` },
    files: [],
    fixes: step.choices.map(({ fix }, n) => ({
      ...named[n]!,
      title: fix.title,
      applicability: fix.applicability,
      ...(fix.caveat && { caveat: fix.caveat }),
    })),
  }
}

function findingsOf(reported: readonly Reported[], { after }: Plan): readonly LeftFinding[] {
  const named = namedFindings(reported, after)
  return reported.map(({ finding }, i) => ({
    ...named[i]!,
    evidence: (finding.evidence ?? []).map(({ note }) => note),
  }))
}

function namedFindings(reported: readonly Reported[], project: Plan['after']): readonly PlannedFinding[] {
  const ids = fingerprints(reported)
  return reported.map(({ transform, finding }, i) => ({
    id: ids[i]!,
    transform: transform.id,
    severity: transform.severity,
    path: finding.at.path,
    line: positionAt(project.read(finding.at.path)!, finding.at.start).line,
    message: finding.message,
  }))
}

/** Reviews of repositories in memory, planned in this process. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { planOf } from '../../../src/campaign/folder.js'
import type { CampaignPlan, CampaignSettings, PullPlan } from '../../../src/campaign/model.js'
import { planRepository } from '../../../src/campaign/plan/repository.js'
import { work } from '../../../src/campaign/plan/work.js'
import { GitError } from '../../../src/campaign/repository.js'
import { openSubjects } from '../../../src/campaign/review/open.js'
import { type Review, reviewOf } from '../../../src/campaign/review/outcome.js'
import type { ChangesPlan } from '../../../src/campaign/review/subject.js'
import { transforms } from '../../../transforms/index.js'
import { type InMemory, repositoryOf, settingsWith } from '../plan/repositories.js'

type Files = Readonly<Record<string, string>>

export interface Planned {
  readonly plan: CampaignPlan
  readonly patch: (place: string) => Buffer
  readonly repositories: ReadonlyMap<string, InMemory>
}

/** @param repositories Files by path, by name: `acme/shop`. */
export async function planned(
  repositories: Readonly<Record<string, Files>>,
  some: Partial<CampaignSettings> = {},
): Promise<Planned> {
  const settings = settingsWith(some)
  const opened = new Map(Object.entries(repositories).map(([name, files]) => [name, repositoryOf(files, name)]))
  const planners = { plan: work, close: async () => {} }
  const made = await Promise.all(
    [...opened].map(([name, repository]) =>
      planRepository(repository, { slug: `github.com/${name}`, settings }, planners),
    ),
  )
  const { plan, patches } = planOf(settings, made)
  return { plan, patch: (place) => patches.get(place)!, repositories: opened }
}

/** @param missing Names of repositories that cannot be had. */
export async function reviewing({ plan, repositories }: Planned, missing: readonly string[] = []) {
  const wanted = plan.repositories.filter((each): each is ChangesPlan => each.state === 'changes')
  const { subjects, notReviewed } = await openSubjects(wanted, plan.campaign, async ({ slug }) => {
    const name = slug.slice('github.com/'.length)
    if (missing.includes(name)) throw new GitError('gone', 'it is gone')
    return repositories.get(name)!
  })
  const review: Review = reviewOf(
    subjects,
    transforms.map(({ id }) => id),
  )
  return { review, notReviewed }
}

export function pullsIn({ repositories }: CampaignPlan): readonly (PullPlan & { readonly slug: string })[] {
  return repositories.flatMap((each) =>
    each.state === 'changes' ? each.pulls.map((pull) => ({ ...pull, slug: each.slug })) : [],
  )
}

/** What the patches of a pull request make of files, by git itself. */
export function applied(files: Files, patches: readonly Buffer[]): Files {
  const folder = mkdtempSync(join(tmpdir(), 'harden-review-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    for (const patch of patches)
      execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: folder, input: patch })
    const names = execFileSync('find', ['.', '-type', 'f', '-printf', '%P\\n'], { cwd: folder, encoding: 'utf8' })
    const paths = names.split('\n').filter(Boolean).sort()
    return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

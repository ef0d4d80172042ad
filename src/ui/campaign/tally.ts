/** What a plan comes to, in numbers. */
import { nameOf } from '../../campaign/address.js'
import type { CampaignPlan, PullPlan, RepositoryPlan } from '../../campaign/model.js'

export interface Tally {
  /** Repositories. */
  readonly all: number
  readonly changes: number
  readonly nothing: number
  readonly failed: number
  readonly pulls: number
  readonly fixes: number
  readonly findings: number
  /** Those with most fixes first. */
  readonly transforms: readonly { readonly id: string; readonly pulls: number; readonly fixes: number }[]
}

export function tallyOf({ repositories }: Pick<CampaignPlan, 'repositories'>): Tally {
  const pulls = repositories.flatMap(pullsOf)
  const inState = (state: RepositoryPlan['state']) => repositories.filter((each) => each.state === state).length
  const fixes = pulls.flatMap(fixesOf)
  return {
    all: repositories.length,
    changes: inState('changes'),
    nothing: inState('nothing'),
    failed: inState('failed'),
    pulls: pulls.length,
    fixes: fixes.length,
    findings: repositories.reduce((sum, { findings }) => sum + findings.high + findings.medium + findings.low, 0),
    transforms: [...new Set(fixes.map(({ transform }) => transform))]
      .map((id) => ({
        id,
        fixes: fixes.filter(({ transform }) => transform === id).length,
        pulls: pulls.filter((pull) => fixesOf(pull).some(({ transform }) => transform === id)).length,
      }))
      .sort((a, b) => b.fixes - a.fixes || (a.id < b.id ? -1 : 1)),
  }
}

export function pullsOf(repository: RepositoryPlan): readonly PullPlan[] {
  return repository.state === 'changes' ? repository.pulls : []
}

function fixesOf({ commits }: PullPlan) {
  return commits.flatMap(({ fixes }) => fixes)
}

/** The reasons of all repositories in a state with the names they are true of, the commonest first. */
export function reasonsOf(
  repositories: readonly RepositoryPlan[],
  state: 'failed' | 'nothing',
): readonly { readonly reason: string; readonly names: readonly string[] }[] {
  const names = new Map<string, string[]>()
  for (const repository of repositories) {
    if (repository.state !== state || !('reason' in repository)) continue
    const those = names.get(repository.reason) ?? []
    those.push(nameOf(repository.address))
    names.set(repository.reason, those)
  }
  return [...names]
    .map(([reason, those]) => ({ reason, names: those }))
    .sort((a, b) => b.names.length - a.names.length || (a.reason < b.reason ? -1 : 1))
}

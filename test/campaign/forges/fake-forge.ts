import type { ForgeAccess } from '../../../src/campaign/forge.js'
import type { ForgeServer } from './forge-server.js'

/** A forge of the tests with its people: the same questions and deeds, whichever forge it plays. */
export interface FakeForge extends ForgeServer {
  readonly access: ForgeAccess
  /** What git sends to prove who it is. */
  readonly gitAuthorization: string
  /** Every pull request of a repository as it stands now, in the order of their numbers. */
  pulls(name: string): Promise<readonly FakePull[]>
  /** Somebody merges it, with a commit of its own. */
  merge(name: string, number: number): Promise<void>
  /** Somebody closes it. */
  close(name: string, number: number): Promise<void>
  /** Somebody opens one from a branch of their own fork, of the same name as ours may have. */
  openFromFork(name: string, branch: string): Promise<void>
  /** What the checks of a commit say from now on. */
  setChecks(name: string, commit: string, outcome: 'pending' | 'passed' | 'failed'): void
  archive(name: string): void
  rename(name: string, to: string): void
  /** Somebody who may not see the repositories, or a label that is not taken. */
  refuse(what: { readonly reviewer?: string; readonly label?: string }): void
}

export interface FakePull {
  readonly number: number
  readonly state: 'open' | 'closed' | 'merged'
  readonly title: string
  readonly body: string
  readonly branch: string
  readonly base: string
  readonly head: string
  readonly draft: boolean
  readonly labels: readonly string[]
  /** Logins, and teams as `owner/team`. */
  readonly reviewers: readonly string[]
  readonly comments: readonly string[]
  readonly isFromFork: boolean
}

/**
 * The vocabulary of a campaign: types only. Repositories are planned, a plan is written to a folder and reviewed, and what
 * was reviewed is published: one branch and one pull request for each {@link PullPlan}.
 *
 * Nothing in here holds a token, an environment or a clock. Every list is in a fixed order, so that the same repositories
 * give the same plan, byte for byte.
 */
import type { Applicability, Path, Severity } from '../model.js'

export type ForgeKind = 'github' | 'gitlab' | 'gitea'

/** Where a repository lies: behind a forge, or in a folder of this machine. */
export type Address = RemoteAddress | LocalAddress

export interface RemoteAddress {
  readonly kind: 'remote'
  readonly forge: ForgeKind
  /** Scheme, host and port of the forge, in lower case, no trailing slash: `https://github.com`. http only for this machine. */
  readonly origin: string
  /** Owner and name, on GitLab with all groups: `acme/platform/shop`. No leading or trailing slash, no `.git`. */
  readonly name: string
}

export interface LocalAddress {
  readonly kind: 'local'
  /** Absolute, every link resolved; the top of a git work tree, or a bare repository. */
  readonly path: string
}

/** 40 or 64 hexadecimal digits. */
export type ObjectId = string

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = string

/** Everything that `apply` may open, and all it was made from. What a person reviews is this, and `hash` covers all of it. */
export interface CampaignPlan {
  readonly version: 'harden-campaign-1'
  readonly campaign: CampaignSettings
  /** In the order of their names, each once. */
  readonly repositories: readonly RepositoryPlan[]
  /** Of the canonical JSON of all the rest. Patches are covered through their digests. */
  readonly hash: Digest
}

/** What a campaign file says of publishing, and how a plan was made. */
export interface CampaignSettings {
  /** Of letters, digits and single hyphens; part of branch names and of the marker in each pull request. */
  readonly id: string
  readonly name: string
  readonly level: Extract<Applicability, 'safe' | 'review'>
  readonly grouping: Grouping
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  /** Per transform, as in `.harden.yml`. */
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** What branches begin with: `harden/<id>` unless told. */
  readonly branch?: string
  /** A person's own words for pull requests, as templates; where one is missing harden's own stand. */
  readonly words?: { readonly title?: string; readonly body?: string }
  /** Forges that the campaign file declares: publishing reaches them in the same way as planning did. */
  readonly forges?: readonly DeclaredForge[]
  readonly draft: boolean
  readonly labels: readonly string[]
  readonly reviewers: readonly string[]
  /** Whether those that CODEOWNERS names for the changed files are asked as well. */
  readonly codeowners: boolean
  /** How commits reach the forge: by `git push`, through its API, or by push unless a branch wants verified ones. */
  readonly commits: 'git' | 'api' | 'auto'
  /** Who the commits are by. */
  readonly author: { readonly name: string; readonly email: string }
  readonly limits: Limits
  /** How many repositories each wave opens; those left over are the last wave. Empty: all at once. */
  readonly waves: readonly number[]
  readonly stopLoss: StopLoss
}

/** A forge as a campaign file declares it. */
export interface DeclaredForge {
  /** Scheme, host and port, in lower case, no trailing slash. */
  readonly origin: string
  readonly kind: ForgeKind
  /** No trailing slash. */
  readonly api?: string
  /** The environment variable that holds the token: its name. */
  readonly token?: string
}

/**
 * `safe-together`: all safe fixes are one pull request, and those of each transform that want a review are one of their own ·
 * `one`: one pull request for a repository · `by-transform`: one for each transform.
 */
export type Grouping = 'safe-together' | 'one' | 'by-transform'

/** How fast a forge may be written to. Reading is not limited but by what the forge answers. */
export interface Limits {
  /** Seconds between two requests that change something. */
  readonly gap: number
  /** Seconds between two requests that notify people. */
  readonly notifyingGap: number
  readonly perMinute: number
  /** Where the hourly budget begins, how much it grows for each clean ten minutes, and where that ends. */
  readonly perHour: { readonly start: number; readonly step: number; readonly most: number }
}

/** Shares of the pull requests of the waves so far, from 0 to 1, at which no further wave is opened. */
export interface StopLoss {
  readonly checksFailed: number
  readonly closed: number
}

/** What became of one repository while it was planned. */
export type RepositoryPlan = RepositoryBase &
  (
    | { readonly state: 'changes'; readonly base: Base; readonly pulls: readonly PullPlan[] }
    | { readonly state: 'nothing'; readonly base: Base; readonly reason: string }
    | { readonly state: 'failed'; readonly reason: string }
  )

export interface RepositoryBase {
  readonly address: Address
  /** Its folder below `repositories/` in the plan, made of its address: `github.com/acme/shop`. Nothing in it needs escaping. */
  readonly slug: string
  /** How many findings there are at all, before anything is done. */
  readonly findings: Readonly<Record<Severity, number>>
  /** Those that no pull request of this plan settles. */
  readonly left: readonly LeftFinding[]
  /** Files that could not be judged for certain. */
  readonly unread: readonly { readonly path: Path; readonly problem: string }[]
}

/** The commit a plan rests on. */
export interface Base {
  /** Short name: `main`. */
  readonly branch: string
  readonly commit: ObjectId
  /**
   * Of the paths, modes and object names of every file that planning read or looked for. A later commit for which this is the
   * same would have led to the same plan.
   */
  readonly inputs: Digest
  /** The paths that went into {@link inputs}: sorted; one that was looked for and not there counts as well. */
  readonly read: readonly Path[]
}

/** One pull request to be: its commits on one branch. */
export interface PullPlan {
  /** Unlike within the repository and the same whenever it is planned again: `all`, `safe`, or the id of a transform. */
  readonly group: string
  /** `harden/<campaign>` or `harden/<campaign>/<group>`; git accepts it as it is. */
  readonly branch: string
  readonly title: string
  /** Markdown in which everything that comes from the repository is escaped; the marker is added when it is opened. */
  readonly body: string
  readonly labels: readonly string[]
  /** Login names; teams as `owner/team`. */
  readonly reviewers: readonly string[]
  readonly draft: boolean
  /** One for each step of the engine, in order. */
  readonly commits: readonly CommitPlan[]
  /** What a real build and start said; only with `--verify`. */
  readonly evidence?: PulledEvidence
}

export interface PulledEvidence {
  /** Markdown, part of the body. */
  readonly text: string
  readonly outcome: 'no worse' | 'unproven'
}

export interface CommitPlan {
  readonly transform: string
  /** Subject, empty line, body, trailers `Harden-Campaign:` and `Harden-Transform:`; ends with a newline. */
  readonly message: string
  /** Of the file `<slug>/<group>/<patch>` below `repositories/`: `0001-non-root-user.patch`. */
  readonly patch: { readonly file: string; readonly digest: Digest }
  /** Sorted by path. */
  readonly files: readonly FileChange[]
  readonly fixes: readonly PlannedFix[]
}

/** One file before and after a commit, by the names git gives to its bytes. */
export interface FileChange {
  readonly path: Path
  readonly mode: '100644' | '100755'
  /** Missing where the file is new. */
  readonly before?: ObjectId
  readonly after: ObjectId
}

export interface PlannedFinding {
  /** Stable fingerprint, as in every report. */
  readonly id: string
  readonly transform: string
  readonly severity: Severity
  readonly path: Path
  /** From 1. */
  readonly line: number
  readonly message: string
}

/** A finding that nothing in the plan settles. */
export interface LeftFinding extends PlannedFinding {
  /** What was seen that makes it true, or stands against a fix: one sentence each. */
  readonly evidence: readonly string[]
}

export interface PlannedFix extends PlannedFinding {
  readonly title: string
  readonly applicability: Applicability
  readonly caveat?: string
}

/**
 * A repository's plan together with the bytes of its patches, by their place below `repositories/`: what a planner returns, on
 * this machine or on another, before it is written down.
 */
export interface PlannedRepository {
  readonly plan: RepositoryPlan
  readonly patches: ReadonlyMap<string, Buffer>
}

/**
 * Where one pull request stands. Those above the line are passed through, those below are ends: `apply` may be run again, and
 * says the same unless something has changed.
 */
export type PullState =
  | 'planned'
  | 'pushed'
  // ----
  /** Open on the forge, as planned. */
  | 'open'
  | 'merged'
  /** A person closed it unmerged; it is not opened again. */
  | 'declined'
  /** Somebody else's commits are on the branch, or the branch is somebody else's: nothing of theirs is overwritten. */
  | 'conflicted'
  /** A file that the plan rests on has changed since: `refresh` plans it anew. */
  | 'stale'
  /** The forge does not let us: archived, gone, no permission, a rule for branches. The reason says which. */
  | 'blocked'
  /** Left out by a wave, `--max-prs`, or a limit: the next `apply` goes on with it. */
  | 'waiting'
  /** It failed in a way that may pass: the next `apply` tries again. */
  | 'failed'

/** One pull request of a plan, named. */
export interface PullKey {
  readonly slug: string
  readonly group: string
}

/** Where a pull request stands, and why. */
export interface PullReport extends PullKey {
  readonly state: PullState
  readonly reason?: string
  readonly number?: number
  readonly url?: string
  /** The commit at the tip of our branch. */
  readonly head?: ObjectId
  /** What the forge's checks say of it; only `status` asks. */
  readonly checks?: 'none' | 'pending' | 'passed' | 'failed'
}

/** What planning anew has changed about one pull request. */
export interface PullChange extends PullKey {
  readonly change: 'added' | 'changed' | 'gone' | 'the same'
}

/**
 * What a review page shows, of a campaign or of one project: types only, everything in it as strangers wrote it. It is escaped
 * where it is written down, in `html.ts`, and nowhere else; secrets are hidden where rows are made.
 */
import type { Applicability, Path, Severity } from '../../model.js'
import type { Row } from '../changes.js'

export interface ReviewPage {
  readonly kind: 'campaign' | 'project'
  /** The heading, and the name of the window. */
  readonly title: string
  /** One sentence: what a person is looking at. */
  readonly lead: string
  /** What else there is to know of the whole, label and value: the hash of the plan, its level. */
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly repositories: readonly PageRepository[]
}

export interface PageRepository {
  /** Part of links to it; unlike all others. */
  readonly slug: string
  readonly name: string
  readonly state: 'changes' | 'failed' | 'nothing'
  /** Why it failed, or why there is nothing to do. */
  readonly reason?: string
  /** Its page at the forge. */
  readonly link?: string
  readonly base?: { readonly branch: string; readonly commit: string; readonly link?: string }
  /** Before anything is done. */
  readonly findings: Readonly<Record<Severity, number>>
  readonly pulls: readonly PagePull[]
  readonly left: readonly PageFinding[]
  readonly unread: readonly { readonly path: Path; readonly problem: string }[]
  readonly evidence: readonly PageEvidence[]
}

/** What is merged together: a pull request to be, or all that is done to one project. */
export interface PagePull {
  readonly group: string
  /** Of the pull request; missing where there will be none. */
  readonly about?: {
    readonly title: string
    readonly body: string
    readonly branch: string
    readonly draft: boolean
    readonly labels: readonly string[]
    readonly reviewers: readonly string[]
  }
  readonly changes: readonly PageChange[]
  readonly evidence: readonly PageEvidence[]
}

/** One transform applied once: a commit to be. */
export interface PageChange {
  /** Part of links to it; unlike the others of its pull request. */
  readonly name: string
  readonly transform: string
  /** The worst of what it settles. */
  readonly severity: Severity
  /** `review` if any of its fixes is. */
  readonly level: Applicability
  readonly fixes: readonly PageFix[]
  readonly files: readonly PageFile[]
  /** Where its patch lies in the folder of the plan. */
  readonly patch?: string
  /** Why there is no diff to be seen. */
  readonly problem?: string
}

export interface PageFix {
  readonly title: string
  readonly level: Applicability
  readonly severity: Severity
  readonly message: string
  readonly path: Path
  /** From 1. */
  readonly line: number
  readonly caveat?: string
}

/** A changed file: the rows of each place, secrets hidden. */
export interface PageFile {
  readonly path: Path
  readonly isNew: boolean
  readonly places: readonly (readonly Row[])[]
  /** How many rows are not shown, because there are too many. */
  readonly hidden: number
}

export interface PageFinding {
  readonly id: string
  readonly transform: string
  readonly severity: Severity
  readonly path: Path
  /** From 1. */
  readonly line: number
  readonly message: string
  /** What was seen that makes it true. */
  readonly evidence: readonly string[]
  /** Why it is left, and what could be done. */
  readonly why?: string
  /** The lines it stands on, as the terminal shows them, escaped and secrets hidden. */
  readonly excerpt?: readonly string[]
}

/** What a real build and start said. */
export interface PageEvidence {
  readonly title: string
  readonly outcome: 'no worse' | 'worse' | 'unproven' | 'left out'
  readonly rows: readonly { readonly what: string; readonly before: string; readonly after: string }[]
  readonly notes: readonly string[]
}

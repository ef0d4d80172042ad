import type { GitLimits } from '../repository.js'

/**
 * What an ordinary repository stays well below: a tree of a hundred thousand files without their contents is some 10 MB, and a
 * file that is worth repairing some kB.
 */
export const LIMITS: GitLimits = { patience: 300, size: 512 << 20, entries: 250_000, file: 1 << 20 }

/** Bytes a listing may come to for each entry: the id takes 53, and a path is seldom longer than the rest. */
export const LISTED_ENTRY = 300

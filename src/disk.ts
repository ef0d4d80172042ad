/**
 * The one door to the file system. Nothing else writes; what these modules write is a project's files, all or none, and
 * a journal of them outside the project.
 */
export { encode } from './disk/encoding.js'
export { ChangedError, DiskError } from './disk/error.js'
export { homeFolder } from './disk/home.js'
export { covers, parseRules, type Rules } from './disk/ignore.js'
export { stateFolder } from './disk/journal.js'
export { dropReview, keepReview, keptReview } from './disk/kept.js'
export { type DiskProject, type ReadOptions, readProject } from './disk/read.js'
export { findRoot, type Root } from './disk/root.js'
export { staleFiles } from './disk/stale.js'
export { readText, readTextWithin, type Text } from './disk/text.js'
export { recover, undo, wasCutOff } from './disk/undo.js'
export { type Moment, type WriteOptions, writePlan } from './disk/write.js'

/** harden as a library: read a project, plan, look at what would change. Nothing here writes. */
export { transforms } from '../transforms/index.js'
export { encode, readProject } from './disk.js'
export { documentOf, loadLenses } from './documents/index.js'
export { patchOf } from './engine/patch.js'
export { allowing, nothing, plan, safely, withReview } from './engine/plan.js'
export type * from './model.js'

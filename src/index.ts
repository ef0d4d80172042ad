export type * from './model.js'
export { allowing, nothing, plan, safely, withReview } from './engine/plan.js'
export { readProject } from './disk.js'
export { transforms } from '../transforms/index.js'

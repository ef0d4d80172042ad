export { transforms } from '../transforms/index.js'
export { readProject } from './disk.js'
export { allowing, nothing, plan, safely, withReview } from './engine/plan.js'
export type * from './model.js'

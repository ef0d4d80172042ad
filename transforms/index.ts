import type { Transform } from '../src/model.js'

/** The order of this list is the order of work: each transform sees what the ones above it left. */
export const transforms: readonly Transform[] = []

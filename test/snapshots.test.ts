import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { casesIn, checkCase, updateCase } from '../src/testing.js'
import { transforms } from '../transforms/index.js'

const snapshots = join(import.meta.dirname, '..', 'snapshots')

for (const transform of transforms) {
  describe(transform.id, () => {
    for (const folder of casesIn(join(snapshots, transform.id))) {
      it(basename(folder), async () => {
        if (process.env.UPDATE) await updateCase(folder, transform)
        expect((await checkCase(folder, transform, transforms)).join('\n')).toBe('')
      })
    }
  })
}

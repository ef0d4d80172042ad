import { expect, it } from 'vitest'
import { decide } from '../../../src/campaign/publish/decide.js'
import { bookOf } from '../../../src/campaign/publish/entries.js'

const BASE = '1'.repeat(40)
const WANTED = { campaign: 'fleet', group: 'safe', pull: `sha256:${'0'.repeat(64)}`, reopen: false }
const nothing = bookOf([])({ slug: 'a/b/c', group: 'safe' })

it('goes on with a branch whose first commit was never made, and with no other that it does not know', () => {
  const seen = { pulls: [], tip: BASE }
  expect(decide(seen, { ...WANTED, base: BASE }, nothing)).toEqual({ do: 'publish', tipKind: 'ours' })
  expect(decide(seen, { ...WANTED, base: '2'.repeat(40) }, nothing)).toEqual({ do: 'publish', tipKind: 'unknown' })
})

import { describe, expect, it } from 'vitest'
import { forgeOf } from '../../../src/campaign/forges/open-forge.js'
import { refusalOf } from './conformance.js'

describe('a forge is opened', () => {
  it.each(['github', 'gitlab', 'gitea'] as const)('by its kind: %s', async (kind) => {
    const origin = 'https://git.example.com'
    const forge = await forgeOf({ kind, origin, api: `${origin}/api`, token: undefined }, (_kind, ask) => ask())
    expect([forge.kind, forge.origin]).toEqual([kind, origin])
  })

  it.each(['github', 'gitlab', 'gitea'] as const)('by https alone, unless it is on this machine: %s', async (kind) => {
    const origin = 'http://git.example.com'
    const { message } = await refusalOf(
      forgeOf({ kind, origin, api: `${origin}/api`, token: 'x' }, (_kind, ask) => ask()),
    )
    expect(message).toBe('git.example.com is not asked without https')
  })
})

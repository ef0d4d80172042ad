import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { transforms } from '../transforms/index.js'

const top = join(import.meta.dirname, '..')

describe('the pages that are made', () => {
  it('say what the transforms and the commands say today', () => {
    expect(() =>
      execFileSync(process.execPath, [join(top, 'scripts/docs.js'), '--check'], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  it('the README names every transform', () => {
    const readme = readFileSync(join(top, 'README.md'), 'utf8')
    for (const { id } of transforms) expect(readme).toContain(`\`${id}\``)
  })
})

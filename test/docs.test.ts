import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { transforms } from '../transforms/index.js'

const top = join(import.meta.dirname, '..')

describe('the pages that are made', () => {
  it('transforms/README.md says what the transforms say', () => {
    expect(() =>
      execFileSync(process.execPath, [join(top, 'scripts/docs.js'), '--check'], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  it('the README names every transform', () => {
    const readme = readFileSync(join(top, 'README.md'), 'utf8')
    for (const { id } of transforms) expect(readme).toContain(`\`${id}\``)
  })

  it('the README shows what the command prints today', () => {
    const readme = readFileSync(join(top, 'README.md'), 'utf8')
    const shown = /\$ node bin\/harden\.js check examples\/django-shop\n([\s\S]*?)\n```/.exec(readme)?.[1]
    let printed = ''
    try {
      printed = execFileSync(process.execPath, ['bin/harden.js', 'check', 'examples/django-shop', '--no-color'], {
        cwd: top,
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, LC_ALL: 'C.UTF-8', COLUMNS: '80' },
      })
    } catch (error) {
      printed = String((error as { stdout: string }).stdout)
    }
    expect(shown).toBe(printed.trimEnd())
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readCampaign } from '../src/campaign/settings/read.js'
import { transforms } from '../transforms/index.js'

const top = join(import.meta.dirname, '..')
const readme = readFileSync(join(top, 'README.md'), 'utf8')
/** What stands in blocks of a language in the README. */
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => text!)

describe('the pages that are made', () => {
  it('say what the transforms and the commands say today', () => {
    expect(() =>
      execFileSync(process.execPath, [join(top, 'scripts/docs.js'), '--check'], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  it('the README names every transform', () => {
    for (const { id } of transforms) expect(readme).toContain(`\`${id}\``)
  })

  it('the README shows a campaign file that is one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'harden-readme-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [text] = blocks('yaml').filter((block) => block.includes('campaign.schema.json'))
    writeFileSync(join(folder, 'campaign.yml'), text!)
    const { settings, wanted, warnings } = readCampaign(join(folder, 'campaign.yml'), transforms)
    expect(settings).toMatchObject({ level: 'review', labels: ['security'], codeowners: true, waves: [10, 100] })
    expect([wanted.queries.length, wanted.addresses.length, wanted.without.length]).toEqual([1, 1, 1])
    expect(warnings).toEqual([])
  })

  it('the README shows commands and options that there are', () => {
    const lines = blocks('sh')
      .flatMap((block) => block.split('\n'))
      .flatMap((line) => line.replace(/#.*/, '').match(/(?:^|&& )(?:node bin\/harden\.js|harden) .*/g) ?? [])
      .map((line) => line.replace(/^.*harden(\.js)? /, ''))
    expect(lines.length).toBeGreaterThan(15)
    for (const line of lines) {
      const words = line.split(/\s+/)
      const command = words.slice(0, words[0] === 'campaign' ? 2 : 1)
      const help = execFileSync(process.execPath, [join(top, 'bin/harden.js'), ...command, '--help'], {
        encoding: 'utf8',
      })
      expect(help).toContain(`harden ${command.join(' ')}`)
      for (const option of line.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [])
        expect(help, line).toMatch(new RegExp(`${option}\\b`))
    }
  })
})

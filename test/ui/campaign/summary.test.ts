import { describe, expect, it } from 'vitest'
import { planOf } from '../../../src/campaign/folder.js'
import { plannedJson, plannedReport, repositoryLine } from '../../../src/ui/campaign/planned.js'
import { planSummary } from '../../../src/ui/campaign/summary.js'
import { lookOf } from '../../../src/ui/look.js'
import { changed, failed, github, settings } from '../../campaign/folder/plans.js'

const look = lookOf({}, { LC_ALL: 'C.UTF-8' }, true, (path) => path)

const HOSTILE = '\x1b[2J\u202e| <img src=x onerror=y> `a` [x](http://e.example) @everyone #1\nline'

/** A plan in which everything that a repository may choose is chosen to do harm. */
function hostile() {
  const { plan, patches } = changed(github('acme/shop'))
  if (plan.state !== 'changes') throw new Error('there is nothing to change')
  const left = plan.left.map((each) => ({ ...each, path: HOSTILE, message: HOSTILE, transform: HOSTILE }))
  const pulls = plan.pulls.map((pull) => ({ ...pull, title: HOSTILE, reviewers: [HOSTILE] }))
  return planOf({ ...settings, name: HOSTILE }, [
    { plan: { ...plan, base: { ...plan.base, branch: HOSTILE }, left, pulls }, patches },
    failed(github('acme/api'), HOSTILE),
    failed({ kind: 'local', path: `/srv/${HOSTILE}` }, HOSTILE),
  ]).plan
}

describe('what is said of a plan', () => {
  it('says in the summary how much it is, what it rests on, why some failed, and how to apply it', () => {
    const { plan } = planOf(
      { ...settings, forges: [{ origin: 'https://git.example.com', kind: 'gitlab', token: 'LAB_TOKEN' }] },
      [
        changed(github('acme/shop'), ['safe', 'healthcheck']),
        failed(github('acme/api'), 'it is gone'),
        failed(github('acme/web'), 'it is gone'),
      ],
    )
    const page = planSummary(plan, 'plans/one')
    expect(page).toContain('**2 pull requests in 1 repository**, of 3 repositories planned: 2 of 3 findings fixed')
    expect(page).toContain('0 with nothing to do, 2 failed.')
    expect(page).toContain('harden campaign apply plans/one')
    expect(page.split(plan.hash).length - 1).toBeGreaterThanOrEqual(2)
    expect(page).toContain(
      '| acme/shop | main aaaaaaaaaaaa | Run the image as 10001&#58;10001 | 1 | 1 | acme/platform |',
    )
    expect(page).toContain('| non-root-user | 2 | 2 |')
    expect(page).toContain('| acme/api | it is gone |')
    expect(page).toContain(
      'https&#58;//git.example.com is spoken to as gitlab, with the token in the variable `LAB_TOKEN`.',
    )
  })

  it('does nothing on a page or a terminal, whatever repositories are called', () => {
    const plan = hostile()
    const page = planSummary(plan, 'plan')
    expect(page).not.toMatch(/\x1b|\u202e|<img|\[x\]|@everyone|(?<!&)#1\b/)
    for (const row of page.split('\n').filter((line) => line.startsWith('| ')))
      expect([3, 4, 7]).toContain(row.split(/\|/).length - 1)
    const colourless = plannedReport(plan, 'plan', look) + plan.repositories.map(repositoryLine).join('\n')
    expect(colourless).not.toMatch(/\x1b|\u202e/)
    const json = plannedJson(plan, 'plan', [HOSTILE])
    expect(json).not.toMatch(/\x1b|\u202e/)
    expect(JSON.parse(json).notes).toEqual([HOSTILE])
  })

  it('names the commonest reasons first', () => {
    const { plan } = planOf(settings, [
      failed(github('acme/a'), 'rare'),
      failed(github('acme/b'), 'common'),
      failed(github('acme/c'), 'common'),
    ])
    expect(plannedReport(plan, 'plan', look)).toMatch(/2 {2}common\n.*1 {2}rare/)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CampaignPlan, Grouping } from '../../../src/campaign/model.js'
import { reviewedPlan, takenUp } from '../../../src/campaign/review/agreed.js'
import { decisionsFromJson, decisionsOf, decisionsToJson } from '../../../src/campaign/review/decisions.js'
import { partName } from '../../../src/campaign/review/parts.js'
import { fixFromTexts } from '../../../src/review/edited.js'
import { accept, acceptEdited, keep, keeping, type Session, skip } from '../../../src/review/session.js'
import { applied, type Planned, planned, pullsIn, reviewing } from './reviews.js'

const DOCKERFILE = `FROM debian:12.5
MAINTAINER Ada <ada@example.com>
RUN apt-get update && apt-get install -y curl
ADD app /app
CMD ["/app/run"]
`
const REPOSITORIES = {
  'acme/api': {
    Dockerfile: DOCKERFILE,
    'app/run': '#!/bin/sh\nexec sleep 1\n',
    'compose.yaml': 'services:\n  db:\n    image: postgres:16\n  web:\n    build: .\n    depends_on:\n      - db\n',
  },
  'acme/shop': {
    Dockerfile: DOCKERFILE,
    'app/run': 'x\n',
    'requirements.txt': 'flask==3.0.0\nFlask==3.0.0\npytest==8.0.0\n',
    'tools/Dockerfile': 'FROM alpine:3.20\r\nMAINTAINER Eve\r\nCMD ["sleep", "1"]\r\n',
  },
  vendor: { Dockerfile: DOCKERFILE.replace('MAINTAINER Ada <ada@example.com>\n', ''), 'app/run': 'x\n' },
}
const GROUPINGS: readonly Grouping[] = ['one', 'safe-together', 'by-transform']

const open = ({ questions }: Session) => questions.filter(({ state }) => state === 'open')

function acceptAll(session: Session): Session {
  const next = accept(
    session,
    open(session).map(({ key, fixes }) => ({ key, fix: fixes[0]! })),
  )
  return next === session ? session : acceptAll(next)
}

const started = (review: Parameters<typeof takenUp>[0]) => takenUp(review, []).session

/** Holds a plan against the reviewed pictures, by letting git apply its patches to the base. */
async function prove(
  before: Planned,
  { review }: Awaited<ReturnType<typeof reviewing>>,
  session: Session,
): Promise<CampaignPlan> {
  const { plan, patches } = await reviewedPlan(before.plan, before.patch, review, session)
  for (const [name, part] of review.parts) {
    const pull = pullsIn(plan).find(({ slug, group }) => partName({ slug, group }) === name)
    const slug = name.split(' ')[0]!
    const files: Readonly<Record<string, string>> =
      REPOSITORIES[slug.slice('github.com/'.length) as keyof typeof REPOSITORIES]
    const own = (pull?.commits ?? []).map(({ patch }) => patches.get(`${slug}/${pull!.group}/${patch.file}`)!)
    const picture = review.joint.partIn(session.current, name)
    expect(pull === undefined, name).toBe(picture === part.project)
    const wanted = Object.fromEntries(picture.paths.map((path) => [path, picture.read(path)!.text]))
    expect(applied(files, own), name).toEqual(wanted)
    const fixes = session.steps.flatMap(({ choices }) => choices)
    const agreed = fixes.filter(({ finding }) => review.joint.placeOf(finding.at.path).part === name)
    const titles = (pull?.commits ?? []).flatMap((commit) => commit.fixes.map(({ title }) => title))
    expect([...titles].sort(), name).toEqual(agreed.map(({ fix }) => fix.title).sort())
  }
  return plan
}

describe.each(GROUPINGS)('a review of a plan grouped %s', (grouping) => {
  it('that accepts everything comes to the plan that was reviewed', async () => {
    const before = await planned(REPOSITORIES, { grouping })
    const reviewed = await reviewing(before)
    const plan = await prove(before, reviewed, acceptAll(started(reviewed.review)))
    const shape = (each: CampaignPlan) =>
      pullsIn(each).map(({ slug, group, commits }) => ({
        slug,
        group,
        patches: commits.map(({ patch }) => patch.digest),
      }))
    expect(shape(plan)).toEqual(shape(before.plan))
    expect(plan.hash).toBe(before.plan.hash)
  })

  it('asks about exactly what the plan holds', async () => {
    const before = await planned(REPOSITORIES, { grouping })
    const { review } = await reviewing(before)
    const asked = started(review).questions.map(({ transform, finding, fixes }) => {
      const { part, path } = review.joint.placeOf(finding.at.path)
      return `${part} ${transform.id} ${path} ${fixes[0]!.title}`
    })
    const planned_ = pullsIn(before.plan).flatMap(({ slug, group, commits }) =>
      commits.flatMap(({ fixes }) => fixes.map((fix) => `${slug} ${group} ${fix.transform} ${fix.path} ${fix.title}`)),
    )
    expect(asked.filter((each) => !planned_.includes(each))).toEqual([])
    expect(asked.length).toBeGreaterThan(5)
  })

  it('holds exactly what was accepted, whatever was answered, and says it again', async () => {
    const before = await planned(REPOSITORIES, { grouping })
    const reviewed = await reviewing(before)
    const start = started(reviewed.review)
    const answers = fc.array(fc.tuple(fc.constantFrom('accept', 'skip', 'keep', 'edit', 'rule'), fc.nat(40)), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(answers, async (said) => {
        const session = said.reduce((so, [verb, n]) => say(so, verb, n), start)
        const plan = await prove(before, reviewed, session)
        const text = decisionsToJson(before.plan, decisionsOf(session.answers, reviewed.review.joint))
        const { decisions } = decisionsFromJson(text)!
        const again = takenUp(reviewed.review, decisions)
        expect(again.lost).toEqual([])
        const { plan: same } = await reviewedPlan(before.plan, before.patch, reviewed.review, again.session)
        expect(same.hash).toBe(plan.hash)
      }),
      { numRuns: 12 },
    )
  }, 120_000)
})

function say(session: Session, verb: string, n: number): Session {
  const asked = open(session)
  const question = asked[n % Math.max(1, asked.length)]
  if (!question) return session
  const { key, fixes } = question
  if (verb === 'skip') return skip(session, [key])
  if (verb === 'keep') {
    const fix = keeping(session, key, 'because')
    return fix ? keep(session, { key, fix }, 'because') : session
  }
  if (verb === 'edit') {
    const { path } = fixes[0]!.edits[0]!
    const text = `${session.current.read(path)?.text ?? ''}# by hand\n`
    const fix = fixFromTexts(session.current, fixes[0]!, new Map([[path, text]]))
    return 'problem' in fix ? session : acceptEdited(session, { key, fix })
  }
  const picks = verb === 'rule' ? asked.filter(({ transform }) => transform === question.transform) : [question]
  return accept(
    session,
    picks.map((pick) => ({ key: pick.key, fix: pick.fixes[0]! })),
  )
}

describe('a review', () => {
  it('leaves a repository that cannot be had as it was planned, and goes on with the others', async () => {
    const before = await planned(REPOSITORIES)
    const { review, notReviewed } = await reviewing(before, ['acme/shop'])
    expect(notReviewed.map(({ planned, reason }) => `${planned.slug}: ${reason}`)).toEqual([
      'github.com/acme/shop: it is gone',
    ])
    const { plan } = await reviewedPlan(before.plan, before.patch, review, started(review))
    const shop = ({ repositories }: CampaignPlan) => repositories.find(({ slug }) => slug === 'github.com/acme/shop')
    expect(shop(plan)).toEqual(shop(before.plan))
    expect(pullsIn(plan).every(({ slug }) => slug === 'github.com/acme/shop')).toBe(true)
  })

  it('says why nothing is left of a repository', async () => {
    const before = await planned(REPOSITORIES)
    const { review } = await reviewing(before)
    const { plan } = await reviewedPlan(before.plan, before.patch, review, started(review))
    expect(plan.repositories.map((each) => ('reason' in each ? each.reason : each.state))).toEqual(
      plan.repositories.map(() => 'a review has left out everything'),
    )
    // What nobody settles any more is listed as left.
    expect(plan.repositories[0]!.left.length).toBeGreaterThan(before.plan.repositories[0]!.left.length)
  })

  it('takes decisions up in a newer plan where the same words would become the same words', async () => {
    const before = await planned(REPOSITORIES)
    const { review } = await reviewing(before)
    const session = acceptAll(started(review))
    const decisions = decisionsOf(session.answers, review.joint)
    const { 'acme/api': api, ...others } = REPOSITORIES
    const now = await planned({
      'acme/api': { ...api, Dockerfile: `# a new line\n${api.Dockerfile.replace('Ada <ada', 'Eve <eve')}` },
      vendor: others.vendor,
      'acme/new': others['acme/shop'],
    })
    const again = takenUp((await reviewing(now)).review, decisions)
    expect(again.lost.map(({ slug, group, answers }) => `${slug} ${group} ${answers}`)).toEqual([
      'github.com/acme/api safe 1',
    ])
    expect(new Set(again.elsewhere.map(({ pull }) => pull.slug))).toEqual(new Set(['github.com/acme/shop']))
    expect(open(again.session).map(({ transform }) => transform.id)).toContain('labelled-maintainer')
    expect(open(again.session).every(({ finding }) => /acme%2F(new|api)/.test(finding.at.path))).toBe(true)
  })

  it('keeps what a real build showed with a pull request that is as it was, and with no other', async () => {
    const made = await planned(REPOSITORIES)
    const evidence = { text: 'it started', outcome: 'no worse' } as const
    const proved: Planned = {
      ...made,
      plan: {
        ...made.plan,
        repositories: made.plan.repositories.map((each) =>
          each.state === 'changes' ? { ...each, pulls: each.pulls.map((pull) => ({ ...pull, evidence })) } : each,
        ),
      },
    }
    const { review } = await reviewing(proved)
    const all = started(review)
    const [first] = all.questions
    const some = acceptAll(skip(all, [first!.key]))
    const { plan } = await reviewedPlan(proved.plan, proved.patch, review, some)
    const { part } = review.joint.placeOf(first!.finding.at.path)
    for (const { slug, group, evidence: kept, body } of pullsIn(plan)) {
      const isOther = partName({ slug, group }) !== part
      expect(kept !== undefined, `${slug} ${group}`).toBe(isOther)
      expect(body.includes('it started')).toBe(isOther)
    }
  })

  it.each(['', '[]', '{"version":"harden-decisions-2","campaign":"a","plan":"b","decisions":[]}'])(
    'reads no decisions from %j',
    (text) => {
      expect(decisionsFromJson(text)).toBeUndefined()
    },
  )
})

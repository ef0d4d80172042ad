/** Answers about many repositories as data: each is about one pull request, and in the words of its own repository. */
import * as v from 'valibot'
import { type Answer, keptAnswer, lasting, takenUp } from '../../review/answer.js'
import type { Joint } from '../joint.js'
import type { CampaignPlan, PullKey } from '../model.js'
import { partName, pullOf } from './parts.js'

/** One answer about one pull request; paths are the repository's own. */
export interface Decision {
  readonly pull: PullKey
  readonly answer: Answer
}

const decisions = v.object({
  version: v.literal('harden-decisions-1'),
  /** The id of the campaign. */
  campaign: v.string(),
  /** The hash of the plan that was reviewed. */
  plan: v.string(),
  decisions: v.array(v.object({ repository: v.string(), group: v.string(), ...keptAnswer.entries })),
})

export function decisionsToJson({ campaign, hash }: CampaignPlan, list: readonly Decision[]): string {
  const entries = list.map(({ pull, answer }) =>
    JSON.stringify({ repository: pull.slug, group: pull.group, ...lasting(answer) }),
  )
  const head = `"version":"harden-decisions-1","campaign":${JSON.stringify(campaign.id)},"plan":${JSON.stringify(hash)}`
  return `{${head},"decisions":[\n${entries.join(',\n')}\n]}\n`
}

/** The decisions, and of which campaign they are; `undefined` if the text is not what {@link decisionsToJson} makes. */
export function decisionsFromJson(
  text: string,
): { readonly campaign: string; readonly decisions: readonly Decision[] } | undefined {
  try {
    const result = v.safeParse(decisions, JSON.parse(text))
    if (!result.success) return undefined
    const list = result.output.decisions.map(
      ({ repository: slug, group, ...kept }): Decision => ({ pull: { slug, group }, answer: takenUp(kept) }),
    )
    return { campaign: result.output.campaign, decisions: list }
  } catch {
    return undefined
  }
}

/** What was said in a joint review, pull request by pull request: an answer about many is one for each. */
export function decisionsOf(answers: readonly Answer[], joint: Joint): readonly Decision[] {
  return answers.flatMap((answer) => {
    const byPart = new Map<string, Answer['of'][number][]>()
    for (const asked of answer.of) {
      const { part, path } = joint.placeOf(asked.path!)
      byPart.set(part, [...(byPart.get(part) ?? []), { ...asked, path }])
    }
    const edits = answer.edits?.map((edit) => ({ ...edit, path: joint.placeOf(edit.path).path }))
    return [...byPart].map(([part, of]) => ({ pull: pullOf(part), answer: { ...answer, of, ...(edits && { edits }) } }))
  })
}

/**
 * Decisions as answers of a joint review. Those of different pull requests do not depend on each other, so that of each the
 * next one can be said together with the others', and the transforms are asked once for all of them.
 * @param known The names of the parts there are; what is about others is left out.
 */
export function answersFrom(list: readonly Decision[], joint: Joint, known: ReadonlySet<string>): readonly Answer[] {
  const queues = new Map<string, Answer[]>()
  for (const { pull, answer } of list) {
    const part = partName(pull)
    if (!known.has(part)) continue
    const queue = queues.get(part) ?? []
    queues.set(part, queue)
    queue.push({
      ...answer,
      ...(answer.edits && {
        edits: answer.edits.map((edit) => ({ ...edit, path: joint.pathIn({ part, path: edit.path }) })),
      }),
    })
  }
  const answers: Answer[] = []
  for (let waiting = [...queues.values()]; waiting.length > 0; waiting = waiting.filter(({ length }) => length > 0)) {
    const kind = kindOf(waiting[0]![0]!)
    const heads = kind === undefined ? waiting.slice(0, 1) : waiting.filter(([head]) => kindOf(head!) === kind)
    const said = heads.map((queue) => queue.shift()!)
    answers.push({ ...said[0]!, of: said.flatMap(({ of }) => of) })
  }
  return answers
}

/** What answers must have in common to be said together; `undefined` for those that stand alone. */
function kindOf({ verb, of }: Answer): string | undefined {
  if (verb === 'skip') return verb
  return verb === 'accept' ? `${verb} ${of[0]?.transform ?? ''}` : undefined
}

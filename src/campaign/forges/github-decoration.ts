import type * as v from 'valibot'
import { type Decoration, ForgeError } from '../forge.js'
import { path } from './api-path.js'
import { ASKED, DECORATED } from './github-answers.js'
import type { ApiClient } from './http.js'

/**
 * Adds the labels and asks the reviewers that a pull request does not have yet, each by one request; only if GitHub does not
 * take all of them together, one by one.
 * @returns what GitHub did not take, in sentences
 */
export async function decorateOnGithub(
  api: ApiClient,
  place: readonly [string, string],
  number: number,
  { labels, reviewers }: Decoration,
): Promise<readonly string[]> {
  if (labels.length + reviewers.length === 0) return []
  const pull = await api.ask(DECORATED, { kind: 'read', path: path`repos/${place}/pulls/${number}` })
  const missing = labels.filter((label) => !pull.labels.some(({ name }) => isSame(name, label)))
  const asked = namesOf(pull, place[0])
  const author = pull.user?.login ?? ''
  const others = reviewers.filter((name) => !isSame(name, author) && !asked.some((one) => isSame(one, name)))
  const strangers = others.filter((name) => name.includes('/') && !isSame(name.split('/')[0]!, place[0]))

  /** https://docs.github.com/rest/issues/labels#add-labels-to-an-issue */
  async function label(names: readonly string[]) {
    const at = path`repos/${place}/issues/${number}/labels`
    await api.send({ kind: 'write', method: 'POST', path: at, body: { labels: names } })
    return []
  }

  /** https://docs.github.com/rest/pulls/review-requests#request-reviewers-for-a-pull-request */
  async function ask(names: readonly string[]) {
    const body = {
      reviewers: names.filter((name) => !name.includes('/')),
      team_reviewers: names.filter((name) => name.includes('/')).map((name) => name.split('/')[1]),
    }
    const at = path`repos/${place}/pulls/${number}/requested_reviewers`
    const now = namesOf(await api.ask(ASKED, { kind: 'notify', method: 'POST', path: at, body }), place[0])
    // Those who may not see the repository may be left out without a word.
    return names
      .filter((name) => !now.some((one) => isSame(one, name)))
      .map((name) => `${name} was not asked for a review`)
  }

  return [
    ...(await together(missing, label, (name, why) => `the label ${name} was not added: ${why}`)),
    ...reviewers
      .filter((name) => isSame(name, author))
      .map((name) => `${name} opened it, and cannot be asked for a review`),
    ...strangers.map((name) => `the team ${name} is not of ${place[0]}, and cannot be asked for a review`),
    ...(await together(
      others.filter((name) => !strangers.includes(name)),
      ask,
      (name, why) => `${name} was not asked for a review: ${why}`,
    )),
  ]
}

/** Tries all at once, and each alone if that is refused. @returns what was said, and who was refused */
async function together(
  names: readonly string[],
  add: (names: readonly string[]) => Promise<readonly string[]>,
  refused: (name: string, why: string) => string,
): Promise<readonly string[]> {
  if (names.length === 0) return []
  try {
    return await add(names)
  } catch (error) {
    if (!(error instanceof ForgeError) || error.kind !== 'invalid') throw error
    if (names.length === 1) return [refused(names[0]!, error.message)]
  }
  const said: string[] = []
  for (const name of names) said.push(...(await together([name], add, refused)))
  return said
}

/** People by their login, teams as `owner/team`. */
function namesOf({ requested_reviewers: people, requested_teams: teams }: v.InferOutput<typeof ASKED>, owner: string) {
  return [...(people ?? []).map(({ login }) => login), ...(teams ?? []).map(({ slug }) => `${owner}/${slug}`)]
}

/** GitHub takes no notice of case in names. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

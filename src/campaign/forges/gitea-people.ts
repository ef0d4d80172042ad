/** Labels and reviewers of pull requests on Gitea and Forgejo. */
import { type Decoration, ForgeError } from '../forge.js'
import { type ApiPath, path } from './api-path.js'
import { LABEL, LABELS, PULL, type Pull } from './gitea-answers.js'
import type { ApiClient } from './http.js'

type Place = readonly [string, string]

/**
 * The numbers of those labels that there are, in the repository or its organisation: a pull request is opened with numbers.
 * - https://docs.gitea.com/api/#tag/issue/operation/issueListLabels
 * - https://docs.gitea.com/api/#tag/organization/operation/orgListLabels
 */
export async function labelNumbers(api: ApiClient, place: Place, names: readonly string[]): Promise<readonly number[]> {
  if (names.length === 0) return []
  const known = [...(await labelsAt(api, path`repos/${place}/labels`))]
  const numberOf = (name: string) => known.find((label) => label.name === name)?.id
  const [owner] = place
  if (names.some((name) => numberOf(name) === undefined))
    known.push(...(await labelsAt(api, path`orgs/${owner}/labels`)))
  return names.flatMap((name) => numberOf(name) ?? [])
}

/** None where the owner is no organisation, or the token may not look: no pull request is to fail for that. */
async function labelsAt(api: ApiClient, place: ApiPath) {
  try {
    return await api.list(LABEL, place, { limit: 50 }, 'number')
  } catch (error) {
    if (error instanceof ForgeError && (error.kind === 'gone' || error.kind === 'forbidden')) return []
    throw error
  }
}

/** Adds labels and reviewers that are missing, and says which of them the forge did not take. */
export async function decorateOnGitea(
  api: ApiClient,
  place: Place,
  number: number,
  { labels, reviewers }: Decoration,
): Promise<readonly string[]> {
  const pull = await api.ask(PULL, { kind: 'read', path: path`repos/${place}/pulls/${number}` })
  const missing = labels.filter((name) => !pull.labels?.some((label) => label.name === name))
  const asked = reviewers.filter((name) => !isAsked(pull, name, place[0]))
  const said: string[] = [...(await addLabels(api, place, number, missing))]
  for (const name of asked) said.push(...(await askForReview(api, place, number, name)))
  return said
}

/** https://docs.gitea.com/api/#tag/issue/operation/issueAddLabel */
async function addLabels(api: ApiClient, place: Place, number: number, names: readonly string[]) {
  const numbers = await labelNumbers(api, place, names)
  if (numbers.length === 0) return names.map(noSuchLabel)
  const at = path`repos/${place}/issues/${number}/labels`
  const answer = await api.send({ kind: 'write', method: 'POST', path: at, body: { labels: numbers } })
  const now = api.shaped(LABELS, answer).map((label) => label.name)
  return names.filter((name) => !now.includes(name)).map(noSuchLabel)
}

const noSuchLabel = (name: string) =>
  `the label ${name} was not added: there is none of this name, or the token may not see it`

/**
 * One after the other: one name that the forge does not know, and it asks nobody.
 * https://docs.gitea.com/api/#tag/repository/operation/repoCreatePullReviewRequests
 */
async function askForReview(api: ApiClient, place: Place, number: number, name: string): Promise<readonly string[]> {
  const [owner, team] = name.split('/')
  if (team !== undefined && !isSame(owner!, place[0]))
    return [`the team ${name} is not of ${place[0]}, and cannot be asked for a review`]
  const body = team === undefined ? { reviewers: [name] } : { team_reviewers: [team] }
  const at = path`repos/${place}/pulls/${number}/requested_reviewers`
  try {
    await api.send({ kind: 'notify', method: 'POST', path: at, body })
    return []
  } catch (error) {
    if (!(error instanceof ForgeError && ['invalid', 'gone', 'forbidden'].includes(error.kind))) throw error
    return [`${name} was not asked for a review: ${error.message}`]
  }
}

function isAsked(pull: Pull, name: string, owner: string): boolean {
  const people = (pull.requested_reviewers ?? []).map(({ login }) => login)
  const teams = (pull.requested_reviewers_teams ?? []).map((team) => `${owner}/${team.name}`)
  return [...people, ...teams].some((one) => isSame(one, name))
}

/** No notice is taken of case in names. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

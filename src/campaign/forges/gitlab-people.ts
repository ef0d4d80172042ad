/** Labels and reviewers of merge requests. */
import type { Decoration } from '../forge.js'
import { path } from './api-path.js'
import { MERGE_REQUEST, type MergeRequest, USER } from './gitlab-answers.js'
import type { ApiClient } from './http.js'

/** The number of a person, `undefined` if there is none of this name; each is asked for once. */
export type FindPerson = (name: string) => Promise<number | undefined>

/** https://docs.gitlab.com/api/users/#list-all-users */
export function peopleOf(api: ApiClient): FindPerson {
  const known = new Map<string, Promise<number | undefined>>()
  const ask = async (name: string) => {
    const found = await api.list(USER, path`users`, { username: name })
    return found.find(({ username }) => isSame(username, name))?.id
  }
  return (name) => {
    const asked = known.get(name.toLowerCase()) ?? ask(name)
    known.set(name.toLowerCase(), asked)
    // What failed is not known.
    asked.catch(() => known.delete(name.toLowerCase()))
    return asked
  }
}

/** The numbers of those that there are. A name with a slash is a group, which GitLab asks for no review. */
export async function numbersOf(names: readonly string[], find: FindPerson): Promise<readonly number[]> {
  const numbers: number[] = []
  for (const name of names) {
    const id = name.includes('/') ? undefined : await find(name)
    if (id !== undefined && !numbers.includes(id)) numbers.push(id)
  }
  return numbers
}

/**
 * Adds labels and reviewers that are missing, in one request, and says which of them GitLab did not take: it leaves out
 * without a word who may not see the project, and on its free tier everybody after the first.
 * https://docs.gitlab.com/api/merge_requests/#update-a-merge-request
 */
export async function decorateOnGitlab(
  api: ApiClient,
  project: string,
  number: number,
  what: Decoration,
  find: FindPerson,
): Promise<readonly string[]> {
  const at = path`projects/${project}/merge_requests/${number}`
  const before = await api.ask(MERGE_REQUEST, { kind: 'read', path: at })
  const labels = what.labels.filter((label) => !hasLabel(before, label))
  const asked = what.reviewers.filter((name) => !hasReviewer(before, name))
  const ids = await numbersOf(asked, find)
  if (labels.length === 0 && ids.length === 0) return refused(before, what)
  const body = {
    ...(labels.length > 0 && { add_labels: labels }),
    // The list takes the place of the one there is.
    ...(ids.length > 0 && { reviewer_ids: [...before.reviewers.map(({ id }) => id), ...ids] }),
  }
  const kind = ids.length > 0 ? 'notify' : 'write'
  return refused(await api.ask(MERGE_REQUEST, { kind, method: 'PUT', path: at, body }), what)
}

function refused(pull: MergeRequest, { labels, reviewers }: Decoration): readonly string[] {
  return [
    ...labels.filter((one) => !hasLabel(pull, one)).map((one) => `the label ${one} was not added`),
    ...reviewers
      .filter((one) => !hasReviewer(pull, one))
      .map((one) =>
        one.includes('/')
          ? `${one} was not asked for a review: on GitLab only people are`
          : `${one} was not asked for a review: GitLab does not know the name, or took nobody more`,
      ),
  ]
}

function hasLabel({ labels }: MergeRequest, name: string): boolean {
  return labels.includes(name)
}

function hasReviewer({ reviewers }: MergeRequest, name: string): boolean {
  return reviewers.some(({ username }) => isSame(username, name))
}

/** GitLab takes no notice of case in names of people. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

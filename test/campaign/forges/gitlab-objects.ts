/** GitLab's answers in full, as its documentation shows them, made of the little that the fake remembers. */
import type { FakeRepository, KeptPull } from './fake-state.js'

const TIME = '2026-01-02T03:04:05.678Z'

/** What one may do in a project: as a member, because a group that one is in was invited, or nothing but look. */
export type Access = 'member' | 'invited' | 'none'

export class LabObjects {
  /** By number: everybody who was named. */
  readonly names = new Map<number, string>()

  constructor(private readonly origin: string) {}

  user(username: string) {
    const web = `${this.origin}/${username}`
    this.names.set(personNumber(username), username)
    return { id: personNumber(username), username, name: username, state: 'active', avatar_url: null, web_url: web }
  }

  group(fullPath: string, id: number) {
    const name = fullPath.split('/').at(-1)!
    const web = `${this.origin}/groups/${fullPath}`
    return {
      ...{ id, name, path: name, full_path: fullPath, full_name: fullPath.replaceAll('/', ' / ') },
      ...{ visibility: 'private', web_url: web, parent_id: null },
    }
  }

  project(repository: FakeRepository) {
    const { id, name, defaultBranch, isArchived, isEmpty, isFork, topics } = repository
    const web = `${this.origin}/${name}`
    const path = name.split('/').at(-1)!
    const owner = name.slice(0, -path.length - 1)
    return {
      ...{ id, description: null, name: path, path, path_with_namespace: name },
      name_with_namespace: name.replaceAll('/', ' / '),
      ...{ created_at: TIME, last_activity_at: TIME, default_branch: defaultBranch, topics },
      ...{ web_url: web, http_url_to_repo: `${web}.git`, ssh_url_to_repo: `git@example.com:${name}.git` },
      namespace: { id: 1, name: owner, path: owner, kind: 'group', full_path: owner, parent_id: null },
      ...{ visibility: 'private', empty_repo: isEmpty, archived: isArchived },
      ...(isFork && { forked_from_project: { id: 4711, path_with_namespace: 'upstream/project' } }),
      ...{ merge_requests_enabled: true, merge_requests_access_level: 'enabled', repository_access_level: 'enabled' },
    }
  }

  projectWithAccess(repository: FakeRepository, access: Access) {
    const level = access === 'member' ? { access_level: 40, notification_level: 3 } : null
    return { ...this.project(repository), permissions: { project_access: level, group_access: null } }
  }

  mergeRequest(repository: FakeRepository, pull: KeptPull) {
    const web = `${this.origin}/${repository.name}/-/merge_requests/${pull.number}`
    return {
      ...{ id: repository.id * 1000 + pull.number, iid: pull.number, project_id: repository.id },
      ...{ title: pull.draft ? `Draft: ${pull.title}` : pull.title, description: pull.body },
      state: pull.state === 'open' ? 'opened' : pull.state,
      ...{ created_at: TIME, updated_at: TIME },
      merged_at: pull.state === 'merged' ? TIME : null,
      closed_at: pull.state === 'closed' ? TIME : null,
      ...{ target_branch: pull.base, source_branch: pull.branch, author: this.user(pull.author) },
      ...{ assignees: [], reviewers: pull.reviewers.map((name) => this.user(name)) },
      source_project_id: pull.isFromFork ? 4711 : repository.id,
      target_project_id: repository.id,
      ...{ labels: pull.labels, draft: pull.draft, sha: pull.head, merge_commit_sha: null },
      ...{ should_remove_source_branch: null, force_remove_source_branch: true },
      ...{ detailed_merge_status: 'mergeable', has_conflicts: false, web_url: web },
    }
  }

  note(repository: FakeRepository, pull: KeptPull, body: string, author: string) {
    return {
      ...{ id: 1000 + pull.comments.length, body, author: this.user(author), created_at: TIME, updated_at: TIME },
      ...{ system: false, noteable_id: repository.id * 1000 + pull.number, noteable_type: 'MergeRequest' },
      noteable_iid: pull.number,
    }
  }

  commit(repository: FakeRepository, { id, parents, message }: Pick<Commit, 'id' | 'parents' | 'message'>) {
    const who = { name: 'Test Person', email: 'person@example.com' }
    return {
      ...{ id, short_id: id.slice(0, 8), parent_ids: parents, message, title: message.split('\n')[0]! },
      ...{ author_name: who.name, author_email: who.email, authored_date: TIME, created_at: TIME },
      ...{ committer_name: who.name, committer_email: who.email, committed_date: TIME },
      web_url: `${this.origin}/${repository.name}/-/commit/${id}`,
    }
  }

  branch(repository: FakeRepository, name: string, commit: Commit) {
    return {
      ...{ name, commit: this.commit(repository, commit), merged: false, protected: false, can_push: true },
      ...{ developers_can_push: false, developers_can_merge: false, default: name === repository.defaultBranch },
      web_url: `${this.origin}/${repository.name}/-/tree/${name}`,
    }
  }

  pipeline(repository: FakeRepository, sha: string, outcome: string, id = 1, source = 'push') {
    const status = outcome === 'passed' ? 'success' : outcome === 'pending' ? 'running' : outcome
    const web = `${this.origin}/${repository.name}/-/pipelines/${id}`
    const ref = 'harden/all'
    return {
      ...{ id, iid: id, project_id: repository.id, status, source, ref, sha, web_url: web },
      ...{ created_at: TIME, updated_at: TIME },
    }
  }
}

export interface Commit {
  readonly id: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
}

/** What `git cat-file commit` prints, taken apart. */
export function commitOf(id: string, text: string): Commit {
  const [head, message] = text.split(/\n\n(.*)/s) as [string, string]
  const named = (name: string) => [...head.matchAll(new RegExp(`^${name} (\\w+)`, 'gm'))].map(([, one]) => one!)
  return { id, tree: named('tree')[0]!, parents: named('parent'), message }
}

/** A number for a name, always the same. */
export function personNumber(name: string): number {
  return [...name.toLowerCase()].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 1_000_003, 7)
}

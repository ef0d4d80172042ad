/** Gitea's answers as its own description has them, made of the little that the fake remembers. */
import type { FakeRepository, KeptPull } from './fake-state.js'
import { type Commit, personNumber } from './gitlab-objects.js'

const TIME = '2026-01-02T03:04:05Z'

export class TeaObjects {
  constructor(
    private readonly origin: string,
    private readonly api: string,
  ) {}

  user(login: string) {
    return {
      ...{ id: personNumber(login), login, login_name: '', full_name: '', email: `${login}@example.com` },
      ...{ avatar_url: `${this.origin}/avatars/${login}`, html_url: `${this.origin}/${login}`, language: '' },
      ...{ is_admin: false, active: false, prohibit_login: false, restricted: false, visibility: 'public' },
      ...{ location: '', website: '', description: '', created: TIME, last_login: TIME, source_id: 0 },
      ...{ followers_count: 0, following_count: 0, starred_repos_count: 0 },
    }
  }

  organisation(name: string) {
    return {
      ...{ id: personNumber(name), name, username: name, full_name: '', email: '', visibility: 'public' },
      ...{ avatar_url: `${this.origin}/avatars/${name}`, description: '', website: '', location: '' },
      repo_admin_change_team_access: true,
    }
  }

  team(name: string) {
    const can = { can_create_org_repo: false, includes_all_repositories: true, permission: 'write' }
    return { id: personNumber(name), name, description: '', organization: null, ...can, units: ['repo.code'] }
  }

  repository(repository: FakeRepository) {
    const { id, name, defaultBranch, isArchived, isEmpty, isFork, mayPush, topics } = repository
    const [owner, short] = name.split('/') as [string, string]
    const html = `${this.origin}/${name}`
    return {
      ...{ id, owner: this.user(owner), name: short, full_name: name, description: '', empty: isEmpty },
      ...{ private: false, fork: isFork, template: false, parent: null, mirror: false, size: 24, language: '' },
      ...{ languages_url: `${this.api}/repos/${name}/languages`, html_url: html, url: `${this.api}/repos/${name}` },
      ...{ link: '', ssh_url: `git@example.com:${name}.git`, clone_url: `${html}.git`, original_url: '', website: '' },
      ...{ stars_count: 0, forks_count: 0, watchers_count: 1, open_issues_count: 0, open_pr_counter: 0 },
      ...{ default_branch: defaultBranch, archived: isArchived, created_at: TIME, updated_at: TIME },
      permissions: { admin: false, push: mayPush, pull: true },
      ...{ has_issues: true, has_wiki: true, has_pull_requests: true, has_projects: true, has_actions: true },
      ...{ object_format_name: 'sha1', topics, internal: false, avatar_url: '', repo_transfer: null, licenses: null },
    }
  }

  pull(repository: FakeRepository, pull: KeptPull, isBranchThere: boolean) {
    const { number } = pull
    const html = `${this.origin}/${repository.name}/pulls/${number}`
    const closed = pull.state === 'open' ? null : TIME
    const merged = pull.state === 'merged'
    const repo = this.repository(repository)
    const [teams, people] = [true, false].map((one) => pull.reviewers.filter((name) => name.includes('/') === one))
    return {
      ...{ id: repository.id * 1000 + number, number, url: html, html_url: html, user: this.user(pull.author) },
      ...{
        diff_url: `${html}.diff`,
        patch_url: `${html}.patch`,
        title: pull.draft ? `WIP: ${pull.title}` : pull.title,
      },
      ...{ body: pull.body, draft: pull.draft, state: closed === null ? 'open' : 'closed', is_locked: false },
      ...{ labels: pull.labels.map((name) => this.label(name)), milestone: null, assignee: null, assignees: null },
      requested_reviewers: people!.map((name) => this.user(name)),
      requested_reviewers_teams: teams!.map((name) => this.team(name.split('/')[1]!)),
      ...{ comments: pull.comments.length, additions: 1, deletions: 1, changed_files: 1, mergeable: true },
      ...{ merged, merged_at: merged ? TIME : null, merge_commit_sha: null, merged_by: null, merge_base: pull.head },
      ...{ allow_maintainer_edit: false, created_at: TIME, updated_at: TIME, closed_at: closed, due_date: null },
      base: { label: pull.base, ref: pull.base, sha: pull.head, repo_id: repository.id, repo },
      // Without its branch, a pull request is from a reference of its own.
      head: {
        ...{ label: pull.branch, ref: isBranchThere ? pull.branch : `refs/pull/${number}/head`, sha: pull.head },
        ...(pull.isFromFork ? { repo_id: 4711, repo: null } : { repo_id: repository.id, repo }),
      },
      ...{ pin_order: 0, review_comments: 0 },
    }
  }

  label(name: string) {
    const id = personNumber(name)
    return {
      id,
      name,
      exclusive: false,
      is_archived: false,
      color: 'ededed',
      description: '',
      url: `${this.api}/labels/${id}`,
    }
  }

  comment(pull: KeptPull, body: string, author: string) {
    const html = `${this.origin}/comments/${pull.comments.length}`
    return {
      ...{ id: pull.comments.length, html_url: html, pull_request_url: html, issue_url: '', user: this.user(author) },
      ...{ original_author: '', original_author_id: 0, body, assets: [], created_at: TIME, updated_at: TIME },
    }
  }

  branch(name: string, { id, message }: Commit) {
    const who = { name: 'Test Person', email: 'person@example.com', username: '' }
    return {
      name,
      commit: {
        ...{ id, message, url: `${this.origin}/commit/${id}`, author: who, committer: who, verification: null },
        ...{ timestamp: TIME, added: null, removed: null, modified: null },
      },
      ...{ protected: false, required_approvals: 0, enable_status_check: false, status_check_contexts: [] },
      ...{ user_can_push: true, user_can_merge: true, effective_branch_protection_name: '' },
    }
  }

  private meta(kind: string, sha: string) {
    return { url: `${this.api}/git/${kind}/${sha}`, sha, created: TIME }
  }

  commit({ id, tree, parents, message }: Commit) {
    const who = { name: 'Test Person', email: 'person@example.com', date: TIME }
    const url = `${this.api}/git/commits/${id}`
    return {
      ...{ url, sha: id, created: TIME, html_url: url, author: null, committer: null, files: null, stats: null },
      commit: { url, author: who, committer: who, message, tree: this.meta('trees', tree), verification: null },
      parents: parents.map((one) => this.meta('commits', one)),
    }
  }

  /** What changing files answers with. */
  committed({ id, tree, parents, message }: Commit) {
    const who = { name: 'Test Person', email: 'person@example.com', date: TIME }
    const url = `${this.api}/git/commits/${id}`
    const commit = {
      ...{ url, sha: id, created: TIME, html_url: url, author: who, committer: who, message },
      ...{ parents: parents.map((one) => this.meta('commits', one)), tree: this.meta('trees', tree) },
    }
    const verification = {
      verified: false,
      reason: 'gpg.error.not_signed_commit',
      signature: '',
      signer: null,
      payload: '',
    }
    return { files: [], commit, verification }
  }

  file(path: string, sha: string, bytes: Buffer, isLarge: boolean) {
    const url = `${this.api}/contents/${path}`
    return {
      ...{ name: path.split('/').at(-1), path, sha, last_commit_sha: sha, type: 'file', size: bytes.length },
      ...{ encoding: isLarge ? null : 'base64', content: isLarge ? null : bytes.toString('base64'), target: null },
      ...{ url, html_url: url, git_url: url, download_url: url, submodule_git_url: null },
      _links: { self: url, git: url, html: url },
    }
  }

  status(state: string, context: string) {
    const url = `${this.api}/statuses/1`
    return {
      ...{ id: 1, status: state, target_url: '', description: '', url, context, creator: null },
      ...{ created_at: TIME, updated_at: TIME },
    }
  }
}

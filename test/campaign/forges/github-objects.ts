/** GitHub's answers in full, as its own description wants them, made of the little that the fake remembers. */
import type { FakeRepository, KeptPull } from './fake-state.js'

const TIME = '2026-01-02T03:04:05Z'

export class HubObjects {
  constructor(
    private readonly origin: string,
    private readonly api: string,
  ) {}

  user(login: string) {
    const url = `${this.api}/users/${login}`
    const lists = 'followers following gists starred subscriptions organizations repos events received_events'.split(
      ' ',
    )
    return {
      ...Object.fromEntries(lists.map((list) => [`${list}_url`, `${url}/${list}`])),
      login,
      id: numberOf(login),
      node_id: `U_${login}`,
      avatar_url: `${this.origin}/avatars/${login}`,
      gravatar_id: '',
      url,
      html_url: `${this.origin}/${login}`,
      type: 'User',
      site_admin: false,
    }
  }

  repository(repository: FakeRepository) {
    const { id, name, defaultBranch, isArchived, isEmpty, isFork, mayPush, topics } = repository
    const url = `${this.api}/repos/${name}`
    const html = `${this.origin}/${name}`
    const lists = REPOSITORY_LISTS.map((list) => [`${list}_url`, `${url}/${list}`])
    return {
      ...Object.fromEntries(lists),
      id,
      node_id: `R_${id}`,
      name: name.split('/')[1],
      full_name: name,
      owner: this.user(name.split('/')[0]!),
      private: false,
      fork: isFork,
      description: null,
      homepage: null,
      language: null,
      license: null,
      mirror_url: null,
      url,
      html_url: html,
      clone_url: `${html}.git`,
      git_url: `git://${html.replace(/^\w+:\/\//, '')}.git`,
      ssh_url: `git@example.com:${name}.git`,
      svn_url: html,
      default_branch: defaultBranch,
      archived: isArchived,
      disabled: false,
      topics,
      size: isEmpty ? 0 : 1,
      permissions: { admin: false, push: mayPush, pull: true },
      ...Object.fromEntries(COUNTS.map((count) => [count, 0])),
      ...Object.fromEntries(FEATURES.map((feature) => [feature, false])),
      created_at: TIME,
      updated_at: TIME,
      pushed_at: TIME,
    }
  }

  /** As `GET` of one gives it, and changes of it do. */
  pull(repository: FakeRepository, pull: KeptPull) {
    return {
      ...this.pullInList(repository, pull),
      merged: pull.state === 'merged',
      merged_by: pull.state === 'merged' ? this.user('somebody') : null,
      mergeable: true,
      mergeable_state: 'clean',
      maintainer_can_modify: false,
      comments: pull.comments.length,
      review_comments: 0,
      commits: 1,
      additions: 1,
      deletions: 1,
      changed_files: 1,
    }
  }

  pullInList(repository: FakeRepository, pull: KeptPull) {
    const { number } = pull
    const id = repository.id * 1000 + number
    const [owner] = repository.name.split('/') as [string]
    const url = `${this.api}/repos/${repository.name}/pulls/${number}`
    const html = `${this.origin}/${repository.name}/pull/${number}`
    const issue = `${this.api}/repos/${repository.name}/issues/${number}`
    const teams = pull.reviewers.filter((name) => name.includes('/'))
    const people = pull.reviewers.filter((name) => !name.includes('/'))
    const from = pull.isFromFork
      ? { ...repository, id: repository.id + 1_000_000, name: `${owner}/a-fork`, isFork: true }
      : repository
    const end = (at: FakeRepository, ref: string, sha: string) => ({
      label: `${owner}:${ref}`,
      ref,
      sha,
      user: this.user(owner),
      repo: this.repository(at),
    })
    return {
      id,
      node_id: `PR_${id}`,
      number,
      state: pull.state === 'open' ? 'open' : 'closed',
      locked: false,
      title: pull.title,
      body: pull.body,
      draft: pull.draft,
      user: this.user(pull.author),
      labels: pull.labels.map((name) => this.label(repository, name)),
      requested_reviewers: people.map((login) => this.user(login)),
      requested_teams: teams.map((name) => this.team(name)),
      assignee: null,
      assignees: [],
      milestone: null,
      auto_merge: null,
      author_association: 'CONTRIBUTOR',
      head: end(from, pull.branch, pull.head),
      base: end(repository, pull.base, '0'.repeat(40)),
      created_at: TIME,
      updated_at: TIME,
      closed_at: pull.state === 'open' ? null : TIME,
      merged_at: pull.state === 'merged' ? TIME : null,
      merge_commit_sha: null,
      url,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      issue_url: issue,
      commits_url: `${url}/commits`,
      comments_url: `${issue}/comments`,
      review_comments_url: `${url}/comments`,
      review_comment_url: `${this.api}/repos/${repository.name}/pulls/comments`,
      statuses_url: `${this.api}/repos/${repository.name}/statuses/${pull.head}`,
      _links: Object.fromEntries(PULL_LINKS.map((link) => [link, { href: url }])),
    }
  }

  label(repository: FakeRepository, name: string) {
    const id = numberOf(name)
    const url = `${this.api}/repos/${repository.name}/labels/${encodeURIComponent(name)}`
    return { id, node_id: `LA_${id}`, url, name, description: '', color: 'ededed', default: false }
  }

  comment(repository: FakeRepository, number: number, body: string, author: string) {
    const issue = `${this.api}/repos/${repository.name}/issues/${number}`
    return {
      id: 1,
      node_id: 'IC_1',
      url: `${issue}/comments/1`,
      html_url: `${this.origin}/${repository.name}/pull/${number}#issuecomment-1`,
      issue_url: issue,
      body,
      user: this.user(author),
      author_association: 'CONTRIBUTOR',
      created_at: TIME,
      updated_at: TIME,
    }
  }

  checkRun(repository: FakeRepository, sha: string, outcome: 'pending' | 'passed' | 'failed') {
    const isOver = outcome !== 'pending'
    return {
      id: 1,
      node_id: 'CR_1',
      external_id: '',
      head_sha: sha,
      name: 'build',
      url: `${this.api}/repos/${repository.name}/check-runs/1`,
      html_url: null,
      details_url: null,
      status: isOver ? 'completed' : 'in_progress',
      conclusion: isOver ? (outcome === 'passed' ? 'success' : 'failure') : null,
      started_at: TIME,
      completed_at: isOver ? TIME : null,
      output: {
        title: null,
        summary: null,
        text: null,
        annotations_count: 0,
        annotations_url: `${this.api}/annotations`,
      },
      check_suite: null,
      app: null,
      pull_requests: [],
    }
  }

  reference(repository: FakeRepository, branch: string, sha: string) {
    const at = `${this.api}/repos/${repository.name}/git`
    const url = `${at}/refs/heads/${branch}`
    return {
      ref: `refs/heads/${branch}`,
      node_id: 'REF',
      url,
      object: { type: 'commit', sha, url: `${at}/commits/${sha}` },
    }
  }

  private team(name: string) {
    const [owner, slug] = name.split('/') as [string, string]
    const id = numberOf(name)
    const url = `${this.api}/teams/${id}`
    return {
      id,
      node_id: `T_${id}`,
      url,
      html_url: `${this.origin}/orgs/${owner}/teams/${slug}`,
      members_url: `${url}/members{/member}`,
      repositories_url: `${url}/repos`,
      name: slug,
      slug,
      description: null,
      permission: 'push',
      privacy: 'closed',
      type: 'organization',
      organization_id: numberOf(owner),
      parent: null,
    }
  }
}

const REPOSITORY_LISTS = (
  'archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads ' +
  'events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges ' +
  'milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees'
).split(' ')
const COUNTS =
  'forks forks_count network_count open_issues open_issues_count stargazers_count subscribers_count watchers watchers_count'.split(
    ' ',
  )
const FEATURES = 'has_discussions has_downloads has_issues has_pages has_projects has_wiki'.split(' ')
const PULL_LINKS = 'self html issue comments review_comments review_comment commits statuses'.split(' ')

/** The same number for the same name. */
function numberOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 1_000_003, 7)
}

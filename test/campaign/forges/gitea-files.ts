/** What each operation of Gitea's API on branches, commits and files does, by the name its description gives it. */
import type { Content } from '../git-server.js'
import type { FakeRepository } from './fake-state.js'
import { type Does, fault, missing, ok, type Tea } from './gitea-operations.js'
import { type Commit, commitOf } from './gitlab-objects.js'

interface Change {
  readonly operation: 'create' | 'update'
  readonly path: string
  readonly content: string
  readonly sha?: string
}

export function giteaFiles(tea: Tea): Readonly<Record<string, Does>> {
  const { git, objects } = tea

  const commitAt = async ({ name }: FakeRepository, at: string): Promise<Commit | undefined> => {
    const id = await git.git(name, 'rev-parse', '--verify', '--quiet', `${at}^{commit}`).catch(() => undefined)
    return id === undefined ? undefined : commitOf(id.trim(), await git.git(name, 'cat-file', 'commit', id.trim()))
  }
  const entryAt = async (repository: FakeRepository, at: string, path: string) => {
    const line = await git.git(repository.name, 'ls-tree', at, '--', path)
    const [, mode, id] = /^(\d{6}) blob (\w+)\t/.exec(line) ?? []
    return mode === undefined ? undefined : { mode, id: id! }
  }

  return {
    async repoGetBranch(_call, repository, [name]) {
      const tip = (await git.branches(repository.name))[name!]
      return tip === undefined ? missing() : ok(objects.branch(name!, (await commitAt(repository, tip))!))
    },

    async repoCreateBranch(call, repository) {
      const { new_branch_name: name, old_ref_name: from } = call.body as Record<string, string>
      if ((await git.branches(repository.name))[name!] !== undefined) return fault(409, 'The branch already exists.')
      const commit = await commitAt(repository, from!)
      if (!commit) return fault(404, 'The old branch does not exist')
      await git.git(repository.name, 'update-ref', `refs/heads/${name}`, commit.id)
      return ok(objects.branch(name!, commit), 201)
    },

    async repoDeleteBranch(_call, repository, [name]) {
      if ((await git.branches(repository.name))[name!] === undefined) return missing()
      if (tea.locked.has(name!)) return fault(403, 'branch protected')
      await git.git(repository.name, 'update-ref', '-d', `refs/heads/${name}`)
      return { status: 204 }
    },

    async repoGetSingleCommit(_call, repository, [sha]) {
      const commit = await commitAt(repository, sha!)
      return commit ? ok(objects.commit(commit)) : missing()
    },

    async repoCompareDiff(_call, repository, [between]) {
      const ids = await git.git(repository.name, 'rev-list', between!.replace('...', '..')).catch(() => undefined)
      if (ids === undefined) return missing()
      const commits = await Promise.all(
        ids
          .split('\n')
          .filter(Boolean)
          .map((id) => commitAt(repository, id)),
      )
      return ok({ total_commits: commits.length, commits: commits.map((one) => objects.commit(one!)) })
    },

    async repoGetContents(call, repository, [path]) {
      const commit = await commitAt(repository, call.query.get('ref') ?? repository.defaultBranch)
      const entry = commit && (await entryAt(repository, commit.id, path!))
      if (!entry) return missing()
      const bytes = (await git.file(repository.name, commit.id, path!))!
      return ok(objects.file(path!, entry.id, bytes, bytes.length > 10 << 20))
    },

    async repoChangeFiles(call, repository) {
      const { branch, message, files } = call.body as { branch: string; message: string; files: readonly Change[] }
      if (tea.locked.has(branch)) return fault(403, 'user cannot commit to repo [user: harden-bot]')
      const contents: Record<string, Content> = {}
      for (const { operation, path, content, sha } of files) {
        const entry = await entryAt(repository, branch, path)
        if (operation === 'create' && entry) return fault(422, `repository file already exists [path: ${path}]`)
        if (operation === 'update' && sha !== entry?.id)
          return fault(422, `sha does not match [given: ${sha}, expected: ${entry?.id}]`)
        const bytes = Buffer.from(content, 'base64')
        contents[path] = entry?.mode === '100755' ? { program: bytes } : bytes
      }
      const id = await git.commit(repository.name, branch, contents, { message: `${message.trim()}\n` })
      return ok(objects.committed((await commitAt(repository, id))!), 201)
    },
  }
}

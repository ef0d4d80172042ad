/** What each operation of GitLab's REST API on branches, commits and files does, by the name our description gives it. */
import { createHash } from 'node:crypto'
import type { Content } from '../git-server.js'
import type { FakeRepository } from './fake-state.js'
import { type Commit, commitOf } from './gitlab-objects.js'
import { type Does, fault, type Lab, ok, page } from './gitlab-operations.js'

interface Action {
  readonly action: 'create' | 'update' | 'chmod'
  readonly file_path: string
  readonly content?: string
  readonly last_commit_id?: string
  readonly execute_filemode?: boolean
}

interface SentCommit {
  readonly branch: string
  readonly commit_message: string
  readonly start_sha?: string
  readonly actions: readonly Action[]
}

export function gitlabFiles(lab: Lab): Readonly<Record<string, Does>> {
  const { git, objects } = lab

  const commitAt = async ({ name }: FakeRepository, at: string): Promise<Commit | undefined> => {
    const id = await git.git(name, 'rev-parse', '--verify', '--quiet', `${at}^{commit}`).catch(() => undefined)
    return id === undefined ? undefined : commitOf(id.trim(), await git.git(name, 'cat-file', 'commit', id.trim()))
  }
  const lines = async ({ name }: FakeRepository, ...args: string[]) =>
    (await git.git(name, ...args)).split('\n').filter((line) => line !== '')
  /** Mode and id of a file, `undefined` if there is none. */
  const entryAt = async (repository: FakeRepository, at: string, path: string) => {
    const [line] = await lines(repository, 'ls-tree', at, '--', path)
    const [, mode, id] = /^(\d{6}) blob (\w+)\t/.exec(line ?? '') ?? []
    return mode === undefined ? undefined : { mode, id: id! }
  }
  const lastChange = async (repository: FakeRepository, at: string, path: string) =>
    (await lines(repository, 'log', '-1', '--format=%H', at, '--', path))[0]!

  /** The files that actions make of those at a commit; a sentence if it cannot be done. */
  async function changed(repository: FakeRepository, actions: readonly Action[], at: string, isOnBranch: boolean) {
    const files = new Map<string, { bytes: Buffer; isProgram: boolean }>()
    for (const { action, file_path: path, content, last_commit_id: last, execute_filemode: isProgram } of actions) {
      const entry = await entryAt(repository, at, path)
      const known = files.get(path)
      if (action === 'create' && entry) return 'A file with this name already exists'
      if (action !== 'create' && !entry && !known) return "A file with this name doesn't exist"
      if (last !== undefined && (!isOnBranch || last !== (await lastChange(repository, at, path))))
        return 'You are attempting to update a file that has changed since you started editing it.'
      const bytes = content === undefined ? known?.bytes : Buffer.from(content, 'base64')
      files.set(path, {
        bytes: bytes ?? (await git.file(repository.name, at, path))!,
        isProgram: isProgram ?? entry?.mode === '100755',
      })
    }
    const contents = [...files].map(([path, { bytes, isProgram }]): [string, Content] => [
      path,
      isProgram ? { program: bytes } : bytes,
    ])
    return Object.fromEntries(contents)
  }

  return {
    async getBranch(_call, repository, [name]) {
      const tip = (await git.branches(repository.name))[name!]
      if (tip === undefined) return fault(404, '404 Branch Not Found')
      return ok(objects.branch(repository, name!, (await commitAt(repository, tip))!))
    },

    async deleteBranch(_call, repository, [name]) {
      const tip = (await git.branches(repository.name))[name!]
      if (tip === undefined) return fault(404, '404 Branch Not Found')
      if (lab.locked.has(name!)) return fault(405, "Protected branch can't be removed")
      await git.git(repository.name, 'update-ref', '-d', `refs/heads/${name}`)
      return { status: 204 }
    },

    async getCommit(_call, repository, [sha]) {
      const commit = await commitAt(repository, sha!)
      return commit ? ok(objects.commit(repository, commit)) : fault(404, '404 Commit Not Found')
    },

    async listCommits(call, repository) {
      const most = `--max-count=${call.query.get('per_page')}`
      const ids = await lines(repository, 'rev-list', most, call.query.get('ref_name')!).catch(() => [])
      const commits = await Promise.all(ids.map((id) => commitAt(repository, id)))
      return ok(commits.map((one) => objects.commit(repository, one!)))
    },

    async createCommit(call, repository) {
      const { branch, start_sha: start, commit_message: message, actions } = call.body as SentCommit
      if (lab.locked.has(branch)) return fault(400, 'You are not allowed to push into this branch')
      const tip = (await git.branches(repository.name))[branch]
      if (start !== undefined && tip !== undefined)
        return fault(400, `A branch called '${branch}' already exists. Switch to that branch in order to make changes`)
      const from = start ?? tip
      if (from === undefined) return fault(400, 'You can only create or edit files when you are on a branch')
      const files = await changed(repository, actions, from, tip !== undefined)
      if (typeof files === 'string') return fault(400, files)
      const id = await git.commit(repository.name, branch, files, { message, from })
      return ok(objects.commit(repository, (await commitAt(repository, id))!), 201)
    },

    async listTree(call, repository) {
      const listed = await lines(repository, '-c', 'core.quotePath=false', 'ls-tree', call.query.get('ref')!)
      const entries = listed.map((line) => {
        const [, mode, type, id, name] = /^(\d{6}) (\w+) (\w+)\t(.*)$/.exec(line)!
        return { id: id!, name: name!, type: type!, path: name!, mode: mode! }
      })
      // GitLab lists folders first.
      entries.sort((a, b) => Number(b.type === 'tree') - Number(a.type === 'tree'))
      return page(lab, call, entries, ({ name }) => name, 'page_token')
    },

    async getFile(call, repository, [path]) {
      const ref = call.query.get('ref')!
      const commit = await commitAt(repository, ref)
      const entry = commit && (await entryAt(repository, commit.id, path!))
      if (!entry) return fault(404, '404 File Not Found')
      const bytes = (await git.file(repository.name, commit.id, path!))!
      return ok({
        ...{ file_name: path!.split('/').at(-1), file_path: path, size: bytes.length, encoding: 'base64', ref },
        ...{ content_sha256: createHash('sha256').update(bytes).digest('hex'), content: bytes.toString('base64') },
        ...{ blob_id: entry.id, commit_id: commit.id, execute_filemode: entry.mode === '100755' },
        last_commit_id: await lastChange(repository, commit.id, path!),
      })
    },
  }
}

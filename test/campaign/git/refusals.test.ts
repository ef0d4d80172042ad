import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GitError } from '../../../src/campaign/repository.js'
import { startGitServer } from '../git-server.js'
import { AUTHORIZATION, change, failure, kindOf, setStage, TOKEN } from './stage.js'

const stage = setStage()
const ours = { ...process.env }
let name: string
let count = 0
beforeEach(async () => {
  name = `acme/shop${count++}`
  await stage.server.add(name, { Dockerfile: 'FROM a\n' })
})
afterEach(() => {
  process.env = { ...ours }
})
const SECRETS = [TOKEN, AUTHORIZATION, AUTHORIZATION.slice('Basic '.length)]
const holdsSecret = (text: string) => SECRETS.some((secret) => text.includes(secret))
const seen = async () => {
  while (stage.server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('what a server answers', () => {
  it.each([
    [401, 'unauthorised'],
    [403, 'unauthorised'],
    [404, 'gone'],
    [410, 'gone'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
  ] as const)('%i is %s, and nothing of the token is in the message', async (status, kind) => {
    stage.server.fault(name, { kind: 'status', status, body: `no ${TOKEN}`, headers: { 'content-type': 'text/plain' } })
    const error = await failure(stage.openSource(stage.source(name, AUTHORIZATION)))
    expect(error.kind).toBe(kind)
    expect(error.message).toContain(name)
    expect(error.message).toContain(status === 403 ? '(no …)' : '')
    expect(holdsSecret(error.message)).toBe(false)
    expect(stage.server.requests[0]!.authorization).toBe(AUTHORIZATION)
  })

  it('a broken connection is unreachable, and so is no server', async () => {
    stage.server.fault(name, { kind: 'cut', on: 'fetch' })
    expect(await kindOf(stage.open(name))).toBe('unreachable')
    const other = await startGitServer()
    await other.dispose()
    const address = { ...stage.source(name).address, origin: other.url }
    expect(await kindOf(stage.openSource({ address, url: other.urlOf(name) } as never))).toBe('unreachable')
  })

  it('a server that does not answer is left when the time is over', async () => {
    stage.server.fault(name, { kind: 'hang' })
    const error = await failure(stage.open(name, undefined, { limits: { patience: 1 } }))
    expect(error.kind).toBe('limit')
  })

  it('a missing program is named', async () => {
    process.env.PATH = stage.folder
    const error = await failure(stage.open(name))
    expect([error.kind, error.message]).toEqual(['missing', 'git is not installed, or not found in PATH'])
  })
})

describe('the token', () => {
  it('goes to no other host, whatever the redirect', async () => {
    const other = await startGitServer({ repositories: { 'acme/shop': { x: 'x' } } })
    for (const status of [301, 302, 307] as const) {
      const undo = stage.server.fault(name, { kind: 'redirect', to: other.urlOf('acme/shop'), status })
      expect(await kindOf(stage.openSource(stage.source(name, AUTHORIZATION)))).toBe('moved')
      undo()
    }
    expect(other.requests).toEqual([])
    await other.dispose()
  })

  it('that has run out is said to be so', async () => {
    stage.server.authorization = AUTHORIZATION
    const repository = await stage.openSource(stage.source(name, AUTHORIZATION))
    const commit = await change(repository, 'Dockerfile', 'FROM b\n')
    stage.server.authorization = 'Basic another'
    expect(await kindOf(repository.push('x', commit, undefined))).toBe('unauthorised')
    expect(await kindOf(repository.tip('main'))).toBe('unauthorised')
    expect(await kindOf(stage.openSource(stage.source(name, AUTHORIZATION)))).toBe('unauthorised')
    expect(await kindOf(stage.openSource(stage.source(name)))).toBe('unauthorised')
  })

  it('stands in no argument, no file and no trace while git runs', async () => {
    const traces = join(stage.folder, '..', `harden-trace-${process.pid}`)
    Object.assign(process.env, { GIT_TRACE: '2', GIT_TRACE_CURL: '2', GIT_CURL_VERBOSE: '1', GIT_TRACE2_EVENT: traces })
    stage.server.authorization = AUTHORIZATION
    const repository = await stage.openSource(stage.source(name, AUTHORIZATION))
    const commit = await change(repository, 'Dockerfile', 'FROM b\n')
    stage.server.requests.length = 0
    stage.server.fault(name, { kind: 'hang' })
    const ending = new AbortController()
    const pushed = failure(repository.push('x', commit, undefined))
    const opened = failure(stage.openSource(stage.source(name, AUTHORIZATION), { signal: ending.signal }))
    await seen()
    const commands = commandLines()
    expect(commands.some((line) => line.includes(stage.server.urlOf(name)))).toBe(true)
    expect(commands.filter(holdsSecret)).toEqual([])
    const files = readdirSync(stage.folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      expect(holdsSecret(readFileSync(join(file.parentPath, file.name), 'latin1'))).toBe(false)
    }
    ending.abort()
    await repository.close()
    for (const error of await Promise.all([pushed, opened])) expect(holdsSecret(error.message)).toBe(false)
    expect(readdirSync(join(stage.folder, '..')).filter((file) => traces.endsWith(file))).toEqual([])
  })

  it('is left out of what a server says, in every form', async () => {
    const repository = await stage.openSource(stage.source(name, AUTHORIZATION))
    stage.server.refuse(name, '*', `your token ${TOKEN}, sent as ${AUTHORIZATION}, is bad`)
    const error = await failure(repository.push('x', await change(repository, 'Dockerfile', 'FROM b\n'), undefined))
    expect(error.message).toContain('your token …')
    expect(holdsSecret(error.message)).toBe(false)
  })

  it('is sent to no address but one on its forge, over https', async () => {
    const { address } = stage.source(name)
    for (const url of [
      'http://example.com/x.git',
      'https://example.com/x.git',
      `${stage.server.url.replace('//', '//user:pass@')}/x.git`,
      'ext::sh -c date',
      'file:///etc',
      '/etc',
      '--upload-pack=x',
      `${stage.server.url}/a b.git`,
    ])
      expect([url, await kindOf(stage.openSource({ address, url, authorization: AUTHORIZATION }))]).toEqual([
        url,
        'broken',
      ])
    const odd = { ...stage.source(name), authorization: 'Basic x\r\nX-Other: y' }
    expect(await kindOf(stage.openSource(odd))).toBe('unauthorised')
    expect(stage.server.requests).toEqual([])
  })
})

describe('a push', () => {
  const push = async (branch = 'harden/one'): Promise<GitError | 'done'> => {
    const repository = await stage.open(name)
    const commit = await change(repository, 'Dockerfile', 'FROM b\n')
    return repository.push(branch, commit, undefined).then(
      () => 'done' as const,
      (error) => error,
    )
  }

  it.each([
    ['error: GH006: Protected branch update failed for refs/heads/harden/one.', 'protected'],
    [
      'error: GH013: Repository rule violations found for refs/heads/harden/one.\n- Commits must have verified signatures.',
      'protected',
    ],
    ['GitLab: You are not allowed to push code to protected branches on this project.', 'protected'],
    ['Gitea: branch harden/one is protected from force push', 'protected'],
    ['The commit message does not match ^JIRA-', 'rejected'],
  ] as const)('refused with %j is %s', async (message, kind) => {
    stage.server.refuse(name, 'harden/*', message)
    const error = (await push()) as GitError
    expect(error.kind).toBe(kind)
    expect(error.message).toContain(message.split('\n')[0])
    expect(await push('other')).toBe('done')
  })

  it('in whose way another branch stands is rejected', async () => {
    await stage.server.commit(name, 'harden', { x: 'x' }, { from: 'main' })
    const error = (await push()) as GitError
    expect(error.kind).toBe('rejected')
    expect(error.message).toContain("'refs/heads/harden' exists; cannot create 'refs/heads/harden/one'")
  })

  it('repeats what a hook says on one short line, without its tricks', async () => {
    stage.server.refuse(name, '*', `\x1b[31mno\x1b[0m\x1b]0;title\x07 \u202eway\r\n${'long '.repeat(200)}`)
    const { message } = (await push()) as GitError
    expect(message).toMatch(/is refused: no way long long/)
    expect(message).toMatch(/^[\x20-\x7e…]*$/)
    expect(message.length).toBeLessThan(400)
  })

  it('whose answer is lost may have been taken, and can be made again', async () => {
    const undo = stage.server.fault(name, { kind: 'lost answer' })
    const repository = await stage.open(name)
    const commit = await change(repository, 'Dockerfile', 'FROM b\n')
    expect(await kindOf(repository.push('harden/one', commit, undefined))).toBe('unreachable')
    expect(await repository.tip('harden/one')).toBe(commit)
    undo()
    stage.server.requests.length = 0
    await repository.push('harden/one', commit, undefined)
    expect(stage.server.requests.filter(({ method }) => method === 'POST')).toEqual([])
  })

  it('that curl sends a second time, because the first answer was lost, is no conflict with itself', async () => {
    stage.server.fault(name, { kind: 'lost answer', times: 1 })
    const repository = await stage.open(name)
    const commit = await change(repository, 'Dockerfile', 'FROM b\n')
    await repository.push('harden/one', commit, undefined)
    expect((await stage.server.branches(name))['harden/one']).toBe(commit)
  })
})

describe('an interruption', () => {
  it('ends what runs, at once and wholly', async () => {
    stage.server.fault(name, { kind: 'hang' })
    const ending = new AbortController()
    const opened = failure(stage.open(name, undefined, { signal: ending.signal }))
    await seen()
    ending.abort()
    expect((await opened).kind).toBe('interrupted')
    expect(readdirSync(stage.folder)).toEqual([])
    expect(commandLines().filter((line) => line.includes(stage.server.urlOf(name)))).toEqual([])
    expect(await kindOf(stage.open(name, undefined, { signal: ending.signal }))).toBe('interrupted')
  })

  it('is what closing means to whoever still waits', async () => {
    const repository = await stage.open(name)
    stage.server.requests.length = 0
    stage.server.fault(name, { kind: 'hang' })
    const asked = failure(repository.tip('main'))
    await seen()
    await repository.close()
    expect((await asked).kind).toBe('interrupted')
    expect(await kindOf(repository.tip('main'))).toBe('interrupted')
    await repository.close()
  })
})

/** Of all processes that there are: their arguments, as anybody on the machine may read them. */
function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')]
      } catch {
        return []
      }
    })
}

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../port.js'
import type { QueueServer } from './servers.js'

/** Where Debian keeps the servers, one folder for each version. */
const VERSIONS = '/usr/lib/postgresql'
const bin = existsSync(VERSIONS)
  ? readdirSync(VERSIONS)
      .map((version) => join(VERSIONS, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'postgres')))
  : undefined

/** Whether PostgreSQL is installed. */
export const hasPostgres = bin !== undefined

/** PostgreSQL refuses to run as root. */
const NOBODY = 65534
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** Debian's own PostgreSQL on a free port of this machine, in a folder that does not outlive it. */
export async function startPostgres(): Promise<QueueServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'harden-postgres-'))
  chmodSync(folder, 0o700)
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const how = { cwd: folder, env: { PATH: process.env.PATH, LANG: 'C.UTF-8' }, ...user }
  execFileSync(join(bin!, 'initdb'), ['--pgdata', data, '--username', 'harden', '--auth', 'trust', '--no-sync'], {
    ...how,
    stdio: 'ignore',
  })
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F']
  const server = spawn(join(bin!, 'postgres'), options, { ...how, stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise<void>((done, failed) => {
    let said = ''
    server.once('error', failed)
    server.once('exit', (code) => failed(new Error(`postgres ended with ${code}: ${said}`)))
    server.stderr.on('data', (text: Buffer) => {
      said += text
      if (said.includes('ready to accept connections')) done()
    })
  })
  return {
    url: `postgres://harden@127.0.0.1:${port}/postgres`,
    stop: async () => {
      const gone = new Promise((done) => server.once('exit', done))
      // Its way to end at once, with all of its processes.
      server.kill('SIGQUIT')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

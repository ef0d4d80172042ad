import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../port.js'
import type { QueueServer } from './servers.js'

/** Whether redis-server is installed. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** Debian's own redis-server on a free port of this machine, with nothing on disk that outlives it. */
export async function startRedis(): Promise<QueueServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'harden-redis-'))
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(server)
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const gone = new Promise((done) => server.once('exit', done))
      server.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    let said = ''
    server.once('error', failed)
    server.once('exit', (code) => failed(new Error(`redis-server ended with ${code}: ${said}`)))
    server.stdout!.on('data', (text: Buffer) => {
      said += text
      if (said.includes('Ready to accept connections')) done()
    })
  })
}

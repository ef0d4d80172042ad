import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { EngineError, run } from '../../src/verify/client.js'
import { harden, inTemporaryProject, project, started } from '../cli/harden.js'

inTemporaryProject()

const WEAK = 'FROM debian:bookworm-slim\nMAINTAINER me@example.org\nCMD ["sleep", "60"]\n'

/** A client that answers as an engine does until it is asked to build a project; then it does this, in shell. */
function engine(then: string): string {
  const client = join(project, '..', 'docker')
  const log = join(project, '..', 'asked')
  writeFileSync(
    client,
    `#!/bin/bash
echo "$*" >> '${log}'
case "$1" in
  version) echo 99.0 ;;
  build) if [ "\${@: -1}" = - ]; then echo sha256:trial; exit 0; fi
    ${then} ;;
  container|network|volume) if [ "$2" = ls ]; then echo made1; fi ;;
esac
exit 0
`,
  )
  chmodSync(client, 0o755)
  return client
}

const asked = () => readFileSync(join(project, '..', 'asked'), 'utf8')

describe('an engine that lets us down', () => {
  const write = () => writeFileSync(join(project, 'Dockerfile'), WEAK)
  const prove = (client: string) => harden(['fix', '--yes', '--verify'], { env: { HARDEN_DOCKER: client } })

  it.each([
    ['is not there', undefined, /no engine answers that could build and start images/],
    [
      'has no space left',
      'echo "write /x: no space left on device" >&2; exit 1',
      /There is no space left|there is no space left/i,
    ],
    [
      'dies',
      'echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2; exit 1',
      /engine stopped answering/,
    ],
  ])('and %s is told in one sentence, and nothing is written', async (_, then, sentence) => {
    write()
    const client = then === undefined ? join(project, 'nowhere') : engine(then)
    const { code, stderr } = await prove(client)
    expect(code, stderr).toBe(2)
    const said = stderr.split('\n').filter((line) => line !== '' && !/^harden: (building|laying)/.test(line))
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(sentence)
    expect(readFileSync(join(project, 'Dockerfile'), 'utf8')).toBe(WEAK)
  })

  it('and does not build the original is no reason to claim anything', async () => {
    write()
    const { code, stderr } = await prove(engine('echo "#5 1.2 E: Unable to locate package nonsense" >&2; exit 100'))
    expect(code).toBe(1)
    expect(stderr).toMatch(/was left out, because the original does not build: E: Unable to locate package nonsense/)
    expect(readFileSync(join(project, 'Dockerfile'), 'utf8')).toBe(WEAK)
  })

  it('hides secrets of the project in what it shows of a log', async () => {
    write()
    const compose = 'services:\n  web:\n    build: .\n    environment:\n      DB_PASSWORD: correct-horse-battery\n'
    writeFileSync(join(project, 'compose.yaml'), compose)
    const { stderr } = await prove(engine('echo "#5 1.2 error: login with correct-horse-battery failed" >&2; exit 1'))
    expect(stderr).toContain('login with *** failed')
    expect(stderr).not.toContain('correct-horse')
  })

  it('is not asked at all without --verify', async () => {
    write()
    await harden(['fix', '--yes'], { env: { HARDEN_DOCKER: engine('exit 1') } })
    expect(existsSync(join(project, '..', 'asked'))).toBe(false)
  })

  it('and is interrupted leaves nothing behind', async () => {
    write()
    const client = engine('echo building >&2; exec sleep 60')
    const child = started(['fix', '--yes', '--verify'], { env: { HARDEN_DOCKER: client } })
    for (let i = 0; i < 100 && !(existsSync(join(project, '..', 'asked')) && /build --file/.test(asked())); i++)
      await sleep(100)
    child.kill('SIGINT')
    const { code, stderr } = await child.ended
    expect(code, stderr).toBe(130)
    expect(asked()).toMatch(/container rm --force --volumes made1/)
    expect(asked()).toMatch(/volume rm --force made1/)
    expect(readFileSync(join(project, 'Dockerfile'), 'utf8')).toBe(WEAK)
  })
})

describe('a command of the engine', () => {
  it('that hangs is ended, and told of', async () => {
    mkdirSync(join(project, 'x'))
    const running = run({ program: 'sleep' }, ['30'], { timeout: 200, doing: 'building web' })
    await expect(running).rejects.toThrow(EngineError)
    await expect(running).rejects.toThrow(/building web was not through after/)
  })

  it('that ends when the person says so gives their reason', async () => {
    const controller = new AbortController()
    const running = run({ program: 'sleep' }, ['30'], { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})

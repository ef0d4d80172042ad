/** Sixty small repositories as companies have them, and a campaign over all of them. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { CampaignPlan } from '../../../src/campaign/model.js'
import { project, write } from '../../cli/harden.js'
import type { FakeForge } from '../forges/fake-forge.js'
import type { Files } from '../git-server.js'

export const OWNER = 'acme'
const COUNT = 60

const WORKER = `FROM python:3.11-slim-bookworm
WORKDIR /srv
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
CMD python worker.py
`
const SERVER = `FROM node:20-slim
MAINTAINER Ops <ops@example.com>
WORKDIR /app
COPY package.json package-lock.json ./
RUN apt-get update && apt-get install -y curl
RUN npm ci
COPY . .
CMD node server.js
`
const KINDS: readonly ((n: number) => Files)[] = [
  (n) => ({ Dockerfile: WORKER, 'requirements.txt': `requests==2.${n % 30}.0\n`, 'worker.py': `print(${n})\n` }),
  (n) => ({
    'services/web/Dockerfile': SERVER.replaceAll('\n', n % 2 ? '\n' : '\r\n'),
    'services/web/package.json': `{ "name": "web-${n}", "version": "1.0.0" }\n`,
    'services/web/server.js': 'require("http").createServer().listen(3000)\n',
    'README.md': `# Service ${n}\n`,
  }),
  (n) => ({ 'README.md': `# Only words, ${n}\n` }),
]

/** By name: two in three have something to repair. */
export const fleet: Readonly<Record<string, Files>> = Object.fromEntries(
  Array.from({ length: COUNT }, (_, n) => [
    `${OWNER}/service-${String(n).padStart(2, '0')}`,
    KINDS[n % KINDS.length]!(n),
  ]),
)
export const names = Object.keys(fleet)
/** Those with something to repair. */
export const weak = names.filter((_, n) => n % KINDS.length !== 2)

/** The variables that a run needs; the token is in no file. */
export function environmentOf({ access }: FakeForge) {
  return { FLEET_TOKEN: access.token! }
}

/** Writes a campaign file over some repositories of a forge. */
export function writeCampaign({ access }: FakeForge, repositories: readonly string[], perMinute = 10_000): void {
  write({
    'campaign.yml': `name: Harden the fleet
forges:
  - { origin: "${access.origin}", kind: ${access.kind}, api: "${access.api}", token: FLEET_TOKEN }
repositories:
${repositories.map((name) => `  - ${access.origin}/${name}\n`).join('')}
limits: { gap: 0, notifying-gap: 0, per-minute: ${perMinute}, per-hour: { start: 10000, step: 1, most: 10000 } }
waves: []
`,
  })
}

export function planIn(folder: string): CampaignPlan {
  return JSON.parse(readFileSync(join(project, folder, 'plan.json'), 'utf8'))
}

/** The lines of a plan's journal that are whole. */
export function journalLines(folder: string): readonly string[] {
  try {
    return readFileSync(join(project, folder, 'journal.ndjson'), 'utf8')
      .split('\n')
      .slice(0, -1)
  } catch {
    return []
  }
}

/** How many times something was changed through the API. */
export function changesSeen({ seen }: FakeForge): number {
  return seen.filter(({ isContent, status }) => isContent && status < 400).length
}

/** The pull requests of every repository, by name. */
export async function pullsOf(forge: FakeForge, repositories: readonly string[]) {
  return new Map(await Promise.all(repositories.map(async (name) => [name, await forge.pulls(name)] as const)))
}

/** Looks for the token in everything that was written: plan, patches, journal, pages, state. */
export function expectNoToken(token: string): void {
  const forms = [token, Buffer.from(`x-access-token:${token}`).toString('base64')]
  const home = join(project, '..')
  for (const file of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    if (!statSync(join(home, file)).isFile()) continue
    const text = readFileSync(join(home, file), 'latin1')
    for (const form of forms) expect(text.includes(form), file).toBe(false)
  }
}

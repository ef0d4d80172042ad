import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readProject } from '../src/disk.js'
import { plan } from '../src/engine/plan.js'
import type { Select } from '../src/model.js'
import { transforms } from '../transforms/index.js'

/** Takes the second fix of every finding that has one, and no other. */
const second: Select = ({ findings }) =>
  findings.flatMap((finding) => (finding.fixes?.[1] ? [{ finding, fix: finding.fixes[1] }] : []))

/** The files of a case that the alternatives of its transform change. */
async function chosen(id: string, name: string): Promise<Record<string, string>> {
  const project = await readProject(join(import.meta.dirname, '..', 'snapshots', id, name, 'before'))
  const { after } = await plan(
    project,
    transforms.filter((transform) => transform.id === id),
    second,
  )
  return Object.fromEntries([...after.edited.values()].map(({ path, text }) => [path, text]))
}

describe('alternatives to the first fix', () => {
  it('start a command without a shell, its continuations kept', async () => {
    const { Dockerfile } = await chosen('exec-form-command', 'continued-words')
    expect(Dockerfile).toContain(
      'CMD ["nginx", \\\n      "-c", "/etc/nginx/nginx.conf", \\\n      "-g", "daemon off;"]\n',
    )
  })

  it('carry the port of the unprivileged nginx to everybody who names it', async () => {
    const files = await chosen('unprivileged-nginx', 'basic')
    expect(files.Dockerfile).toMatch(/^FROM nginxinc\/nginx-unprivileged:1\.25\.5-alpine$/m)
    expect(files.Dockerfile).toMatch(/^EXPOSE 8080$/m)
    expect(files.Dockerfile).not.toMatch(/^USER/m)
    expect(files['nginx.conf']).toMatch(/listen 8080;\s+listen \[::\]:8080;/)
    expect(files['compose.yaml']).toContain('- "8080:8080"')
  })

  it('do not offer that port where somebody asks for the old one by name', async () => {
    expect(await chosen('unprivileged-nginx', 'asked-by-others')).toEqual({})
  })

  it('give gunicorn threads alone', async () => {
    const { Dockerfile } = await chosen('gunicorn-settings', 'basic')
    expect(Dockerfile).toMatch(/"--chdir", "\/app\/src", "--threads", "4"\]$/m)
  })
})

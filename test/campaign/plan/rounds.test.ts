import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answersTo } from '../../../src/campaign/plan/contents.js'
import { fetchedFrom } from '../../../src/campaign/plan/fetched.js'
import { inputsOf } from '../../../src/campaign/plan/inputs.js'
import type { Result } from '../../../src/campaign/plan/job.js'
import { survey } from '../../../src/campaign/plan/survey.js'
import { work } from '../../../src/campaign/plan/work.js'
import { encode, readProject } from '../../../src/disk.js'
import { findAll, fingerprints } from '../../../src/engine/find.js'
import { patchOf } from '../../../src/engine/patch.js'
import { plan, withReview } from '../../../src/engine/plan.js'
import { changedFiles } from '../../../src/project.js'
import { casesIn } from '../../../src/testing.js'
import { transforms } from '../../../transforms/index.js'
import { folderAsCommit, type InMemory, repositoryOf, settingsWith } from './repositories.js'

const root = join(import.meta.dirname, '../../..')
const usual = transforms.filter(({ optIn }) => !optIn)

async function planned(repository: InMemory, settings = settingsWith({ grouping: 'one' })): Promise<Result> {
  const { at, commit } = await survey(repository, [])
  return work({ ...commit, settings }, (paths) => answersTo(paths, at, repository))
}

/** Some of the cases of each transform, and all examples. */
const folders = [
  ...readdirSync(join(root, 'examples/apps')).map((name) => `examples/apps/${name}`),
  'examples/django-shop',
  ...transforms.flatMap(({ id }) =>
    casesIn(join(root, 'snapshots', id))
      .slice(0, 3)
      .map((folder) => join(folder.slice(root.length + 1), 'before')),
  ),
]

describe('planning a commit', () => {
  it.each(folders)('comes to the same as planning %s on disk', async (name) => {
    const folder = join(root, name)
    const disk = await plan(await readProject(folder), usual, withReview)
    const result = await planned(folderAsCommit(folder))
    if (result.kind === 'failed') throw new Error(result.reason)

    const patches = disk.steps.map(({ before, after }) =>
      patchOf(stepChanges(before, after), encode).toString('latin1'),
    )
    const steps = result.groups.flatMap((group) => group.steps)
    expect(steps.map(({ patch }) => Buffer.from(patch).toString('latin1'))).toEqual(patches)
    expect(result.unread).toEqual(disk.unread)
    expect(Object.values(result.findings).reduce((a, b) => a + b)).toBe(disk.found.length)
    const ids = fingerprints(findAll(disk.before, usual))
    expect(result.left.map(({ id }) => id).filter((id) => !ids.includes(id))).toEqual([])
  })

  it('fetches in rounds what is needed, and nothing else', async () => {
    const repository = repositoryOf({
      Dockerfile: 'FROM python:3.12.1-slim\nCOPY . /app\nCMD ["/app/start"]\n',
      start: '#!/bin/sh\nexec /app/more\n',
      more: '#!/bin/sh\nexec python /app/app.py\n',
      'build.sh': 'docker build .\n',
      'photo.jpg': 'not needed',
      'docs/notes.txt': 'neither',
    })
    const result = await planned(repository)
    const idOf = (path: string) => repository.entries.find((entry) => entry.path === path)!.id
    // What is likely to be asked for comes along.
    expect([...repository.fetches[0]!].sort()).toEqual([idOf('Dockerfile'), idOf('build.sh')].sort())
    expect(repository.fetches.length).toBeGreaterThan(1)
    const fetched = repository.fetches.flat()
    expect(fetched).toContain(idOf('more'))
    expect(fetched).not.toContain(idOf('photo.jpg'))
    expect(result.kind === 'planned' && result.read).toContain('start')
    // Looked for, and not there.
    expect(result.kind === 'planned' && result.read).toContain('Dockerfile.j2')
  })

  it('gives up on files that lead to ever more files', async () => {
    const { commit } = await survey(repositoryOf({ Dockerfile: 'FROM a\n' }), [])
    let asked = 0
    const endless = async (paths: readonly string[]) => {
      asked++
      // Each answer makes every missed path a link to one more.
      return paths.map((path) => ({ path, same: `${path}x` }))
    }
    const result = await work({ ...commit, settings: settingsWith() }, endless)
    expect(result).toEqual({ kind: 'failed', reason: expect.stringContaining('yet another one') })
    expect(asked).toBeLessThan(100)
  })

  it('remembers what was asked for, whether it was there or not', () => {
    const file = { path: 'a', text: 'x', encoding: 'utf8', mode: 0o644 } as const
    const fetched = fetchedFrom(['a'], [{ path: 'a', file }])
    const project = fetched.project()
    expect(project.read('a')).toBe(file)
    expect(project.read('link')).toBeUndefined()
    expect(fetched.missed()).toEqual(['link'])
    expect(fetched.learn([{ path: 'link' }])).toBe(false)
    expect(fetched.learn([{ path: 'link', same: 'a' }])).toBe(true)
    expect(fetched.project().read('link')).toBe(file)
    expect(fetched.read()).toEqual(['a', 'link'])
  })
})

function stepChanges(before: Parameters<typeof changedFiles>[0], after: Parameters<typeof changedFiles>[0]) {
  return changedFiles(before, after).filter(({ path }) => before.read(path) !== after.read(path))
}

describe('what a plan rests on', () => {
  const files = { Dockerfile: 'FROM a\n', 'start.sh': 'x', 'app.py': 'y' }
  const of = (changed: Record<string, string>, read = ['Dockerfile', 'absent.sh', 'start.sh']) =>
    inputsOf(repositoryOf({ ...files, ...changed }).entries, read)

  it('is the same as long as nothing that was read has changed', () => {
    expect(of({})).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(of({ 'README.md': 'new', 'app.py': 'changed', 'new.py': '' })).toBe(of({}))
  })

  it.each([
    ['a file that was read changes', { 'start.sh': 'z' }],
    ['a file comes that was looked for', { 'absent.sh': 'z' }],
    ['a file of a kind that harden reads comes', { 'deploy/compose.yml': 'services: {}\n' }],
    ['rules for what to ignore come', { 'docs/.gitignore': '*' }],
    ['a configuration comes', { '.harden.yml': 'skip: []' }],
  ])('is another one when %s', (_, changed) => {
    expect(of(changed)).not.toBe(of({}))
  })

  it('tells a file from a program and from a link', () => {
    const digests = (['file', 'program', 'link', 'repository'] as const).map((kind) =>
      inputsOf([{ path: 'start.sh', isText: true, kind, id: 'a'.repeat(40) }], ['start.sh']),
    )
    expect(new Set(digests).size).toBe(4)
  })
})

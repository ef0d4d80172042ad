import { describe, expect, it } from 'vitest'
import type { FileChange } from '../../../src/campaign/model.js'
import { misplaced } from '../../../src/campaign/plan/places.js'
import type { TreeEntry } from '../../../src/campaign/repository.js'

const id = (letter: string) => letter.repeat(40)
const entries: readonly TreeEntry[] = [
  { path: 'Dockerfile', isText: true, kind: 'file', id: id('a') },
  { path: 'run', isText: true, kind: 'program', id: id('b') },
  { path: 'link', isText: true, kind: 'link', id: id('c') },
  { path: 'module', isText: true, kind: 'repository', id: id('d') },
  { path: 'docs/x', isText: true, kind: 'file', id: id('e') },
]
const change = (
  path: string,
  before: string | undefined,
  after = 'f',
  mode: FileChange['mode'] = '100644',
): FileChange => ({
  path,
  mode,
  ...(before && { before: id(before) }),
  after: id(after),
})
const group = (...files: readonly FileChange[]) => ({
  name: 'safe',
  owners: [],
  steps: files.map((file) => ({ transform: 't', patch: Buffer.alloc(0), files: [file], fixes: [] })),
})

describe('what a planner hands back', () => {
  it.each([
    ['a file as it stands', [change('Dockerfile', 'a')]],
    ['the same file twice', [change('Dockerfile', 'a', '1'), change('Dockerfile', '1', '2')]],
    ['a program that stays one', [change('run', 'b', 'f', '100755')]],
    ['a new file beside others', [change('docs/y', undefined), change('docs/y', 'f', '1')]],
    ['a new file in a new folder', [change('new/y', undefined)]],
  ])('is taken: %s', (_, files) => {
    expect(misplaced(group(...files), entries)).toBeUndefined()
  })

  it.each([
    ['another version of a file', change('Dockerfile', '9')],
    ['a new file where one is', change('Dockerfile', undefined)],
    ['a file that is not there', change('other', '9')],
    ['another mode', change('run', 'b', 'f', '100644')],
    ['a link', change('link', 'c')],
    ['another repository', change('module', 'd')],
    ['a new file in a link', change('link/x', undefined)],
    ['a new file in another repository', change('module/x', undefined)],
    ['a new file in a file', change('Dockerfile/x', undefined)],
    ['a new file in the place of a folder', change('docs', undefined)],
    ['a new file outside', change('../x', undefined)],
    ['a new file of git', change('.git/config', undefined)],
  ])('is refused: %s', (_, file) => {
    expect(misplaced(group(file), entries)).toBe(`what was planned does not fit the file ${file.path}`)
  })
})

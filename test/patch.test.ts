import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encode } from '../src/disk.js'
import { patchOf } from '../src/engine/patch.js'
import type { SourceFile } from '../src/model.js'
import { applyTo, changedFiles, projectOf, textFile } from '../src/project.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harden-patch-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Applies the patch from one list of files to the other with git itself, and compares bytes and modes. */
function expectApplies(before: readonly SourceFile[], after: readonly SourceFile[]) {
  for (const file of before) {
    const path = join(folder, file.path)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, encode(file))
    chmodSync(path, file.mode)
  }
  const old = new Map(before.map((file) => [file.path, file]))
  const changes = after.map((file) => ({ path: file.path, before: old.get(file.path), after: file }))
  const input = patchOf(changes, encode)
  execFileSync('git', ['apply', '--check', '-'], { cwd: folder, input, stdio: ['pipe', 'pipe', 'pipe'] })
  execFileSync('git', ['apply', '-'], { cwd: folder, input, stdio: ['pipe', 'pipe', 'pipe'] })
  for (const file of after) {
    expect(readFileSync(join(folder, file.path)).equals(encode(file)), file.path).toBe(true)
    expect(statSync(join(folder, file.path)).mode & 0o100).toBe(file.mode & 0o100)
  }
  return input
}

const LINES = Array.from({ length: 30 }, (_, i) => `RUN echo ${i} ä→😀 \u0a0a\u0d0a`)
const TEXT = `${LINES.join('\n')}\n`
const CHANGED = TEXT.replace('echo 3 ', 'echo drei ').replace('RUN echo 20', 'USER 10001:10001\nRUN echo 20')

describe('a patch is exact', () => {
  const texts: Record<string, (text: string) => string> = {
    'line feeds': (text) => text,
    'carriage returns': (text) => text.replaceAll('\n', '\r\n'),
    'mixed line endings': (text) => text.replace('\n', '\r\n'),
    'lone carriage returns': (text) => text.replaceAll('\n', '\r'),
    'a byte order mark': (text) => `\uFEFF${text}`,
    'no last newline': (text) => text.slice(0, -1),
  }
  for (const [name, vary] of Object.entries(texts)) {
    for (const encoding of ['utf8', 'utf16le', 'utf16be'] as const) {
      it(`with ${name} in ${encoding}`, () => {
        const file = { ...textFile('Dockerfile', vary(TEXT)), encoding }
        expectApplies([file], [{ ...file, text: vary(CHANGED) }])
      })
    }
  }

  it('when the last line gets a newline, or loses it', () => {
    expectApplies([textFile('a', 'x\ny'), textFile('b', 'x\ny\n')], [textFile('a', 'x\ny\n'), textFile('b', 'x\ny')])
  })

  it('when the last line changes and stays without a newline', () => {
    const patch = expectApplies([textFile('a', 'x\ny')], [textFile('a', 'x\nz')])
    expect(patch.toString().match(/^\\ No newline at end of file$/gm)).toHaveLength(2)
  })

  it('when a file is filled or emptied', () => {
    expectApplies([textFile('a', ''), textFile('b', 'x\n')], [textFile('a', 'x\n'), textFile('b', '')])
  })

  it('for executable files', () => {
    const file = { ...textFile('Dockerfile', TEXT), mode: 0o755 }
    const patch = expectApplies([file], [{ ...file, text: CHANGED }])
    expect(patch.toString()).toMatch(/^index [0-9a-f]{40}\.\.[0-9a-f]{40} 100755$/m)
  })

  it('for new files, in new folders, executable and empty', () => {
    const files = [textFile('.dockerignore', '.git\n'), { ...textFile('a/b/run', 'x'), mode: 0o755 }, textFile('c', '')]
    const patch = expectApplies([], files)
    expect(patch.toString()).toContain('new file mode 100755')
    expect(patch.toString()).toContain('--- /dev/null\n')
  })

  const names = ['with space', 'two  spaces /Docker file', 'ümläut/😀', '"quoted"', 'back\\slash', "it's", 'tab\there']
  names.push('new\nline', 'bell\x07', 'esc\x1b[31m', '-dash', ' lead', 'trail ', 'a b/b c', '\u202efile', '$HOME`x`')
  for (const name of names) {
    it(`for a file named ${JSON.stringify(name)}`, () => {
      expectApplies([textFile(name, TEXT)], [textFile(name, CHANGED)])
      rmSync(join(folder, name))
      expectApplies([], [textFile(name, CHANGED)])
    })
  }
})

describe('a patch of a project', () => {
  it('holds the files that changed, in order, as git itself would write them', () => {
    const before = projectOf([textFile('b', 'one\ntwo\n'), textFile('a', 'x\n'), textFile('c', 'same\n')])
    const after = applyTo(before, [
      { path: 'b', start: 4, end: 7, text: 'zwei' },
      { path: 'a', start: 0, end: 0, text: 'w\n' },
    ])
    execFileSync('git', ['init', '-q'], { cwd: folder })
    for (const path of before.paths) writeFileSync(join(folder, path), before.read(path)!.text)
    execFileSync('git', ['add', '.'], { cwd: folder })
    for (const path of before.paths) writeFileSync(join(folder, path), after.read(path)!.text)
    const options = [
      '-c',
      'core.autocrlf=false',
      'diff',
      '--full-index',
      '--no-ext-diff',
      '--no-color',
      '--src-prefix=a/',
      '--dst-prefix=b/',
    ]
    const expected = execFileSync('git', options, { cwd: folder })
    expect(patchOf(changedFiles(before, after), encode).toString()).toBe(expected.toString())
  })

  it('is nothing when nothing changed', () => {
    expect(patchOf([], encode)).toHaveLength(0)
  })
})

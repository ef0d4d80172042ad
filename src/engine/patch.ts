import { createHash } from 'node:crypto'
import { structuredPatch } from 'diff'
import type { Path, SourceFile } from '../model.js'
import type { ChangedFile } from '../project.js'

const CONTEXT = 3
const NO_FILE = { sha1: '0'.repeat(40), sha256: '0'.repeat(64) }

export interface Hunk {
  readonly oldStart: number
  readonly oldLines: number
  readonly newStart: number
  readonly newLines: number
  /** Each begins with ` `, `-`, `+` or `\`, and has no line feed. */
  readonly lines: readonly string[]
}

/** Where two texts differ, line by line, with some lines around. */
export function hunksOf(before: string, after: string, context: number = CONTEXT): readonly Hunk[] {
  return structuredPatch('', '', before, after, undefined, undefined, { context }).hunks
}

/** What a repository names its objects by. */
export type ObjectFormat = 'sha1' | 'sha256'

/**
 * One patch that `git apply` accepts. It is compared and written as bytes, one character per byte, so that it is exact
 * for every encoding and line ending.
 */
export function patchOf(
  changes: readonly ChangedFile[],
  encode: (file: SourceFile) => Buffer,
  format: ObjectFormat = 'sha1',
): Buffer {
  return Buffer.from(changes.map((change) => filePatch(change, encode, format)).join(''), 'latin1')
}

function filePatch(
  { path, before, after }: ChangedFile,
  encode: (file: SourceFile) => Buffer,
  format: ObjectFormat,
): string {
  const old = before && encode(before)
  const now = encode(after)
  const hunks = hunksOf(old?.toString('latin1') ?? '', now.toString('latin1'))
  const mode = gitMode(after)
  return [
    `${headerOf(path)}\n`,
    old ? '' : `new file mode ${mode}\n`,
    `index ${old ? objectName(old, format) : NO_FILE[format]}..${objectName(now, format)}${old ? ` ${mode}` : ''}\n`,
    hunks.length > 0 ? `--- ${old ? named(`a/${path}`) : '/dev/null'}\n+++ ${named(`b/${path}`)}\n` : '',
    ...hunks.map(printed),
  ].join('')
}

/** The line that a file's part of a patch begins with. */
export function headerOf(path: Path): string {
  return `diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}`
}

function printed(hunk: Hunk): string {
  const range = (start: number, lines: number) => (lines === 1 ? `${start}` : `${start},${lines}`)
  const header = `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@\n`
  return header + hunk.lines.map((line) => `${line}\n`).join('')
}

/** git knows two modes of a regular file. */
export function gitMode(file: SourceFile): '100644' | '100755' {
  return file.mode & 0o100 ? '100755' : '100644'
}

/** The name git gives to these bytes; it lets `git apply --3way` find them. */
export function objectName(bytes: Buffer, format: ObjectFormat): string {
  return createHash(format).update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** A name in the `---` and `+++` lines: a tab says where a name with a space ends. */
function named(path: Path): string {
  const name = quoted(path)
  return name.includes(' ') && !name.startsWith('"') ? `${name}\t` : name
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '"': '"',
  '\\': '\\',
}

/** The way git quotes a name that holds anything but printable ASCII. */
function quoted(path: Path): string {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(path)) return path
  const bytes = Buffer.from(path, 'utf8').toString('latin1')
  const inner = bytes.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, (byte) => {
    return `\\${ESCAPES[byte] ?? byte.charCodeAt(0).toString(8).padStart(3, '0')}`
  })
  return `"${inner}"`
}

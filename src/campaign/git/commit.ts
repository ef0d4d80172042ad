/**
 * Commits without a work tree or an index: `git fast-import` takes the parent's tree as it is, mode by mode, and puts the
 * changed files in. What it does not touch it need not even have.
 */
import type { ObjectId } from '../model.js'
import { type CommitWords, GitError, type TreeEntry, type WrittenFile } from '../repository.js'
import { placeProblem } from './place.js'
import { checkId, type Git } from './run.js'

/** Fast-import wants a name to work under; it is gone when it ends. */
const WORKING_REF = 'refs/harden/commit'

/**
 * Makes the commit; no branch points to it.
 * @param entries of the parent
 * @throws GitError of kind `broken` for a path that may not be written, or words that no commit can hold
 */
export async function makeCommit(
  git: Git,
  parent: ObjectId,
  entries: readonly TreeEntry[],
  files: readonly WrittenFile[],
  about: CommitWords,
): Promise<ObjectId> {
  const problem = placeProblem(entries, files) ?? wordsProblem(about)
  if (problem) throw new GitError('broken', `${git.about}: ${problem}`)
  const input = importStream(checkId(parent), files, about)
  return checkId(
    (await git.run(['fast-import', '--quiet', '--done', '--date-format=raw'], { input })).toString().trim(),
  )
}

/** The language of `git help fast-import`: every part with its length, every path with its odd bytes as octal numbers. */
export function importStream(
  parent: ObjectId,
  files: readonly WrittenFile[],
  { message, author, time }: CommitWords,
): Buffer {
  const who = `${author.name} <${author.email}> ${time} +0000`
  const words = Buffer.from(message)
  return Buffer.concat([
    Buffer.from(`commit ${WORKING_REF}\nmark :1\nauthor ${who}\ncommitter ${who}\ndata ${words.length}\n`),
    words,
    Buffer.from(`\nfrom ${parent}\n`),
    ...files.flatMap(({ path, mode, bytes }) => [
      Buffer.from(`M ${mode} inline ${quoted(path)}\ndata ${bytes.length}\n`),
      bytes,
      Buffer.from('\n'),
    ]),
    Buffer.from(`get-mark :1\nreset ${WORKING_REF}\nfrom ${'0'.repeat(parent.length)}\n\ndone\n`),
  ])
}

function wordsProblem({ message, author, time }: CommitWords): string | undefined {
  if (message.includes('\0') || /\p{Cs}/u.test(message)) return 'a commit message must be text'
  if (/[<>\x00-\x1f\x7f]/.test(author.name + author.email) || author.name.trim() === '') {
    return 'the author of a commit needs a name, and neither it nor the address may hold < or >'
  }
  return Number.isSafeInteger(time) && time >= 0 ? undefined : 'a commit needs a time'
}

function quoted(path: string): string {
  const bytes = [...Buffer.from(path)].map((byte) => {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
    return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${bytes.join('')}"`
}

/** What git and servers complain of, in words for a person. Pure. */
import { GitError } from '../repository.js'
import type { Ended } from './processes.js'

/** By what git says, the first that fits; the order matters where one failure brings others about. */
const KINDS: readonly (readonly [RegExp, GitError['kind'], string])[] = [
  [/over limit|Out of memory|malloc failed/i, 'limit', 'its objects take more memory than they may'],
  [
    /could not read (Username|Password)|Authentication failed|askpass|returned error: 401/,
    'unauthorised',
    'a login is asked for: the token is missing, wrong, or has run out',
  ],
  [/returned error: (403|407|451)/, 'unauthorised', 'access is refused: the token may not do this'],
  [/returned error: 3\d\d|url base from redirection/, 'moved', 'it has moved, and redirects are not followed'],
  [
    /repository '[^\n]*' not found|returned error: (404|410)/,
    'gone',
    'there is no such repository, or it may not be seen',
  ],
  [
    /Remote branch [^\n]* not found|find remote ref|not our ref|no such remote ref|unadvertised object/i,
    'gone',
    'the branch or commit is not there',
  ],
  [/promisor remote/, 'broken', 'files are missing that the server should have given'],
  [/fsck error|failed fsck|error in object|disallowed submodule/i, 'broken', 'it holds objects that git refuses'],
  [
    /returned error: (429|5\d\d)|resolve (host|proxy)|Failed to connect|Couldn't connect|timed out|Operation too slow|SSL|TLS|certificate|early EOF|hung up|RPC failed|unexpected disconnect|Empty reply|Connection (reset|refused)|transfer closed|bytes (missing|of body)|expected (flush|packfile|ref)/i,
    'unreachable',
    'the server did not answer, or broke off',
  ],
]

/** What a push was refused with, in the words that forges use. */
const PROTECTED =
  /GH006|GH013|protected branch|is protected|rule violations|must (be|have) (signed|verified)|verified signature|unsigned commit/i

/** What has ended in a way that it should not have. `about` names the repository. */
export function complaint(about: string, ended: Ended, secrets: readonly string[]): GitError {
  const say = (kind: GitError['kind'], words: string) => new GitError(kind, `${about}: ${words}`)
  switch (ended.stopped) {
    case 'missing':
      return new GitError('missing', 'git is not installed, or not found in PATH')
    case 'signal':
      return say('interrupted', 'interrupted')
    case 'patience':
      return say('limit', 'it takes longer than it may')
    case 'output':
      return say('limit', 'it holds more than it may')
    case 'size':
      return say('limit', 'what it sends is larger than it may be')
  }
  const known = KINDS.find(([words]) => words.test(ended.stderr))
  const said = legible(lastComplaint(ended.stderr), secrets)
  if (!known) return say('broken', said === '' ? `git ended with code ${ended.code ?? 'unknown'}` : said)
  const [, kind, words] = known
  const more = kind === 'broken' || kind === 'unreachable' ? said : legible(remoteWords(ended.stderr), secrets)
  return say(kind, more === '' ? words : `${words} (${more})`)
}

/**
 * What became of one branch of a push with `--porcelain`; `undefined` if it was taken.
 * @param text what git wrote: `!\t<from>:<to>\t[remote rejected] (reason)`
 */
export function pushRefusal(
  about: string,
  branch: string,
  text: string,
  stderr: string,
  secrets: readonly string[],
): GitError | undefined {
  const line = text.split('\n').find((line) => line.startsWith('!\t'))
  if (line === undefined) return undefined
  const [, reason = ''] = /\(([^\n]*)\)$/.exec(line) ?? []
  const words = remoteWords(stderr)
  const said = legible(words === '' ? reason : words, secrets)
  const on = `${about}: branch ${legible(branch, [])}`
  if (/stale info|but expected|reference already exists|incorrect old value/.test(`${line}\n${words}`)) {
    return new GitError('stale', `${on} is not where it was thought to be`)
  }
  if (PROTECTED.test(`${words}\n${reason}`)) return new GitError('protected', `${on} is protected: ${said}`)
  return new GitError('rejected', `${on} is refused: ${said}`)
}

/** What the other side wrote, without the frame that git puts around it. */
function remoteWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).flatMap((line) => /^remote: ?(.*)$/.exec(line)?.[1] ?? [])
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
}

function lastComplaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /^(fatal|error|remote): /.test(line))
  return lines.at(0)?.replace(/^(fatal|error|remote): /, '') ?? ''
}

/** A stranger's words on one short line: no escape sequence, nothing invisible, no secret. */
export function legible(text: string, secrets: readonly string[]): string {
  let clean = text
    .replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)/g, '')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  // Last, since what was taken out may have stood in the middle of one.
  for (const secret of secrets) clean = clean.replaceAll(secret, '…')
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean
}

const LONGEST = 300

/** The forms in which a value of the `Authorization` header might come back in somebody's words. */
export function secretsOf(authorization: string | undefined): readonly string[] {
  if (authorization === undefined) return []
  const [, scheme = '', value = authorization] = /^(\S+)\s+(.+)$/.exec(authorization) ?? []
  const basic = /^basic$/i.test(scheme) ? Buffer.from(value, 'base64').toString() : ''
  const password = basic.slice(basic.indexOf(':') + 1)
  return [authorization, value, basic, password, encodeURIComponent(password)].filter(({ length }) => length > 3)
}

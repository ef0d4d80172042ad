import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readContents, readSizes } from '../../../src/campaign/git/blobs.js'
import { importStream } from '../../../src/campaign/git/commit.js'
import { complaint, legible, pushRefusal, secretsOf } from '../../../src/campaign/git/complaint.js'
import { environment, OPTIONS } from '../../../src/campaign/git/invocation.js'
import { pathProblem, placeProblem } from '../../../src/campaign/git/place.js'
import { readListing } from '../../../src/campaign/git/tree.js'
import { AUTHORIZATION, TOKEN, WORDS } from './stage.js'

const ID = 'a'.repeat(40)

describe('what git writes', () => {
  it('is read back whatever bytes the names and files are made of', () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((bytes) => Buffer.from(bytes.map((byte) => byte || 1)))
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const listing = names.flatMap((name) => [Buffer.from(`100755 blob ${ID}\t`), name, Buffer.from('\0')])
        const { entries, count } = readListing(Buffer.concat(listing))
        expect(count).toBe(names.length)
        expect(entries.map(({ path }) => path)).toEqual(names.map((name) => name.toString()).sort())
        expect(entries.every(({ kind, id }) => kind === 'program' && id === ID)).toBe(true)
      }),
    )
    const id = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })
    fc.assert(
      fc.property(
        fc.dictionary(
          id,
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        (files) => {
          const out = Object.entries(files).flatMap(([id, bytes]) => [
            Buffer.from(`${id} blob ${bytes.length}\n`),
            bytes,
            Buffer.from('\n'),
          ])
          expect(readContents(Buffer.concat(out))).toEqual(new Map(Object.entries(files)))
        },
      ),
    )
  })

  it('of folders counts but is no entry, and modes come to what git takes them for', () => {
    const modes = ['100644 blob', '100664 blob', '100755 blob', '120000 blob', '160000 commit', '040000 tree']
    const { entries, count } = readListing(Buffer.from(modes.map((mode, i) => `${mode} ${ID}\tf${i}\0`).join('')))
    expect(entries.map(({ kind }) => kind)).toEqual(['file', 'file', 'program', 'link', 'repository'])
    expect(count).toBe(6)
  })

  it('of sizes is read for files alone', () => {
    const text = `${ID} blob 12\n${'b'.repeat(40)} missing\n${'c'.repeat(40)} tree 3\n`
    expect(readSizes(Buffer.from(text))).toEqual(new Map([[ID, 12]]))
  })
})

describe('a path', () => {
  it('is taken only if each of its parts is the name of a file', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '.', '..', '.git', '.GIT', 'git~1', '', '-x', 'b c', 'é', '.gitx')),
        (parts) => {
          const isFit = parts.length > 0 && parts.every((part) => ['a', '-x', 'b c', 'é', '.gitx'].includes(part))
          expect(pathProblem(parts.join('/')) === undefined).toBe(isFit)
        },
      ),
    )
  })

  it('takes the place of nothing but a file', () => {
    const entry = (path: string, kind: 'file' | 'link') => ({ path, kind, isText: true, id: ID })
    const entries = [entry('dir/file', 'file'), entry('link', 'link')]
    const problem = (...paths: string[]) =>
      placeProblem(
        entries,
        paths.map((path) => ({ path })),
      )
    expect(problem('dir/file', 'dir/new', 'new/deep/er')).toBeUndefined()
    expect(problem('link')).toBe('link is no file, but a link')
    expect(problem('link/x')).toBe('link is no folder, so there can be no link/x')
    expect(problem('dir/file/x')).toBe('dir/file is no folder, so there can be no dir/file/x')
    expect(problem('dir')).toBe('dir is a folder')
    expect(problem('x/y', 'x')).toBe('x is a folder')
    expect(problem('x', 'x')).toBe('x is written twice')
  })
})

it('nothing in a message or a file ends the part of the stream that it stands in', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), (message, bytes) => {
      const file = { path: 'a "b"\\ü', mode: '100644', bytes: Buffer.from(bytes) } as const
      const stream = importStream(ID, [file], { ...WORDS, message })
      const words = Buffer.from(message)
      const parts = [
        Buffer.from(`data ${words.length}\n`),
        words,
        Buffer.from(`\nfrom ${ID}\nM 100644 inline "a\\040\\042b\\042\\134\\303\\274"\ndata ${bytes.length}\n`),
        file.bytes,
        Buffer.from('\nget-mark :1\n'),
      ]
      expect(stream.includes(Buffer.concat(parts))).toBe(true)
    }),
  )
})

describe('the call of git', () => {
  const source = {
    address: { kind: 'remote', forge: 'github', origin: 'https://git.example', name: 'a/b' },
    url: 'https://git.example/a/b.git',
    authorization: AUTHORIZATION,
  } as const
  const ours = {
    PATH: '/bin',
    GIT_DIR: '/x',
    GIT_TRACE: '1',
    LD_PRELOAD: '/x',
    NODE_OPTIONS: 'x',
    http_proxy: 'x',
    HTTPS_PROXY: 'http://proxy',
  }

  it('sees of our environment what it must, and the token only where it asks somebody', () => {
    const asking = environment('/none', source, ours)
    const { PATH, HTTPS_PROXY, HOME, GIT_ALLOW_PROTOCOL, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0 } = asking
    expect([PATH, HTTPS_PROXY, HOME, GIT_ALLOW_PROTOCOL]).toEqual(['/bin', 'http://proxy', '/none', 'https'])
    expect([GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0]).toEqual([
      'http.https://git.example/.extraHeader',
      `Authorization: ${AUTHORIZATION}`,
    ])
    for (const name of ['GIT_DIR', 'GIT_TRACE', 'LD_PRELOAD', 'NODE_OPTIONS', 'http_proxy'])
      expect(asking[name]).toBeUndefined()
    const alone = environment('/none', undefined, ours)
    expect(alone.GIT_ALLOW_PROTOCOL).toBe('none')
    expect(JSON.stringify(alone)).not.toContain(AUTHORIZATION)
  })

  it('holds each option of the table of hazards', () => {
    const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.symlinks=false', 'protocol.allow=never']
    const more = ['safe.bareRepository=explicit', 'submodule.recurse=false', 'transfer.fsckObjects=true', 'gc.auto=0']
    const last = ['maintenance.auto=false', 'credential.helper=', 'http.followRedirects=false', 'core.protectNTFS=true']
    for (const setting of [...settings, ...more, ...last]) expect(OPTIONS[OPTIONS.indexOf(setting) - 1]).toBe('-c')
  })
})

describe('a complaint', () => {
  const ended = (stderr: string) => ({ code: 128, stdout: Buffer.alloc(0), stderr })

  it('is one line without a secret, whatever was said', () => {
    const secrets = secretsOf(AUTHORIZATION)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.constantFrom(...secrets, TOKEN), (text, secret) => {
        const { message } = complaint('repo', ended(`fatal: ${text}${secret}${text}`), secrets)
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(message.length).toBeLessThan(400)
        for (const secret of secrets) expect(message).not.toContain(secret)
      }),
    )
    expect(legible(`a ${TOKEN.slice(0, 5)}\x1b[0m${TOKEN.slice(5)} b`, secrets)).toBe('a … b')
    expect(secrets).toContain(TOKEN)
    expect(secretsOf('Bearer abcdef')).toContain('abcdef')
  })

  it.each([
    ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'unauthorised'],
    ["fatal: Authentication failed for 'https://x'", 'unauthorised'],
    ["fatal: repository 'https://x/' not found", 'gone'],
    ['fatal: Remote branch x not found in upstream origin', 'gone'],
    ['fatal: remote error: upload-pack: not our ref 1234', 'gone'],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 301", 'moved'],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'unreachable'],
    ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", 'unreachable'],
    [
      'error: RPC failed; curl 18 transfer closed\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
      'unreachable',
    ],
    ['error: object 12: gitmodulesUrl: disallowed\nfatal: fsck error in packed object\nfatal: early EOF', 'broken'],
    ['fatal: attempting to allocate 99 over limit 9', 'limit'],
    ['fatal: something nobody has seen', 'broken'],
  ] as const)('%j is %s', (stderr, kind) => {
    expect(complaint('repo', ended(stderr), []).kind).toBe(kind)
  })

  it.each([
    ['!\ta:refs/heads/x\t[rejected] (stale info)', '', 'stale'],
    ['!\ta:refs/heads/x\t[remote rejected] (cannot lock ref: is at 1 but expected 2)', '', 'stale'],
    ['!\ta:refs/heads/x\t[remote rejected] (protected branch hook declined)', '', 'protected'],
    [
      '!\ta:refs/heads/x\t[remote rejected] (pre-receive hook declined)',
      'remote: error: GH013: Repository rule violations',
      'protected',
    ],
    ['!\ta:refs/heads/x\t[remote rejected] (pre-receive hook declined)', 'remote: no ticket', 'rejected'],
    ['*\ta:refs/heads/x\t[new branch]', '', undefined],
  ] as const)('of a push %j, %j is %s', (line, stderr, kind) => {
    expect(pushRefusal('repo', 'x', `To https://x\n${line}\nDone\n`, stderr, [])?.kind).toBe(kind)
  })

  it('takes no time for what is long', () => {
    expect(legible(`\x1b[${'1;'.repeat(100_000)}x${'\x1b]'.repeat(50_000)}`, []).length).toBeLessThan(400)
  })
})

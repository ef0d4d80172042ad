import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { neededLibraries } from '../../src/verify/elf.js'
import { fileCollector, type ImageFiles } from '../../src/verify/files.js'
import { maskOf } from '../../src/verify/mask.js'

async function read(files: Readonly<Record<string, string | Buffer>>): Promise<ImageFiles> {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mode: 0o640, uid: 7, gid: 8 }, content)
  archive.finalize()
  const { sink, done } = fileCollector()
  archive.pipe(sink)
  return done()
}

/** A shared object that asks for one library, as small as it can be. */
function elf(library: string): Buffer {
  const file = Buffer.alloc(0x200)
  file.write('\x7fELF', 'latin1')
  file[4] = 2
  file[5] = 1
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(2, 56)
  const segment = (at: number, type: number, offset: bigint, address: bigint, size: bigint) => {
    file.writeUInt32LE(type, at)
    file.writeBigUInt64LE(offset, at + 8)
    file.writeBigUInt64LE(address, at + 16)
    file.writeBigUInt64LE(size, at + 32)
  }
  segment(64, 1, 0n, 0x1000n, 0x200n)
  segment(120, 2, 0x100n, 0x1100n, 48n)
  file.writeBigUInt64LE(1n, 0x100)
  file.writeBigUInt64LE(1n, 0x108)
  file.writeBigUInt64LE(5n, 0x110)
  file.writeBigUInt64LE(0x1180n, 0x118)
  file.write(`\0${library}\0`, 0x180, 'latin1')
  return file
}

describe('the files of an image', () => {
  it('come with owner and mode', async () => {
    const { entries } = await read({ './app/a.txt': 'x' })
    expect(entries.get('/app/a.txt')).toEqual({ type: 'file', mode: 0o640, uid: 7, gid: 8, size: 1 })
  })

  it('tell which packages there are, of every manager', async () => {
    const { packages, pythons } = await read({
      'var/lib/dpkg/status':
        'Package: libc6\nStatus: install ok installed\nVersion: 2.36\n\nPackage: curl\nVersion: 7.88\n',
      'lib/apk/db/installed': 'C:Q1\nP:musl\nV:1.2.5-r0\n\nP:busybox\nV:1.36\n',
      'usr/local/bin/python3.11': 'x',
      'usr/local/lib/python3.11/site-packages/Flask-3.dist-info/METADATA':
        'Name: Flask_Thing\nVersion: 3.0\nRequires-Dist: Jinja2>=3\nRequires-Dist: click; extra == "x"\n\nName: not this\n',
      'app/node_modules/@a/b/package.json': '{"name":"@a/b","version":"1.0.0"}',
      'app/node_modules/c/node_modules/d/package.json': '{"name":"d","version":"1"}',
      'app/node_modules/e/package.json': '{"name":',
    })
    expect(packages.map(({ manager, name, version }) => `${manager} ${name} ${version}`)).toEqual([
      'apk busybox 1.36',
      'apk musl 1.2.5-r0',
      'dpkg curl 7.88',
      'dpkg libc6 2.36',
      'npm @a/b 1.0.0',
      'pip flask-thing 3.0',
    ])
    expect(packages.at(-1)?.requires).toEqual(['jinja2', 'click'])
    expect(pythons).toEqual(['/usr/local/bin/python3.11'])
  })

  it('tell which library is nowhere', async () => {
    const files = {
      'app/x.so': elf('libmagic.so.1'),
      'app/y.so': elf('libc.so.6'),
      'app/z.so': elf('libtext.so'),
      'lib/libc.so.6': elf('libc.so.6'),
      'lib/libtext.so': 'GROUP ( /lib/libc.so.6 )',
    }
    const { missingLibraries } = await read(files)
    expect([...missingLibraries]).toEqual([
      ['libmagic.so.1', ['/app/x.so']],
      ['libtext.so', ['/app/z.so']],
    ])
  })
})

describe('the libraries a program needs', () => {
  it.runIf(process.platform === 'linux')('are read from a real one', () => {
    const program = ['/bin/sh', '/usr/bin/git', process.execPath].find((path) => existsSync(path))!
    expect(neededLibraries(readFileSync(program))).toContain('libc.so.6')
  })

  it('are none of whatever else comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, wide) => {
        const head = Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1])
        expect(Array.isArray(neededLibraries(Buffer.concat([head, Buffer.from(bytes)])))).toBe(true)
      }),
    )
    expect(neededLibraries(Buffer.from('#!/bin/sh\n'))).toEqual([])
    expect(neededLibraries(Buffer.alloc(0))).toEqual([])
  })
})

describe('secrets', () => {
  it('are hidden by value, by shape and in addresses', () => {
    const mask = maskOf([
      ['DB_PASSWORD', 'correct-horse'],
      ['PUBLIC_KEY', 'harmless-thing'],
      ['SECRET', 'ab'],
      ['API_TOKEN', 'correct-horse-battery'],
    ])
    expect(mask('with correct-horse-battery and correct-horse')).toBe('with *** and ***')
    expect(mask('harmless-thing ab')).toBe('harmless-thing ab')
    expect(mask('AKIAIOSFODNN7EXAMPLE ghp_abcdefghijklmnopqrstuvwxyz0123456789')).toBe('*** ***')
    expect(mask('postgres://user:hunter22@db/x')).toBe('postgres://user:***@db/x')
  })
})

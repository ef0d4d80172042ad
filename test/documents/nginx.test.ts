import { describe, expect, it } from 'vitest'
import { parseNginx } from '../../src/documents/nginx.js'

const read = (text: string) => parseNginx({ path: 'nginx.conf', text, encoding: 'utf8', mode: 0o644 })
const places = (text: string) =>
  read(text).directives.map(({ name, args, within }) => [...within, name, ...args.map(({ value }) => value)].join(' '))

describe('the lens on nginx', () => {
  it('tells directives, their arguments and the blocks around them', () => {
    expect(places('events {}\nhttp { server { listen 80 default_server; # 81;\n root "/srv/a b"; } }')).toEqual([
      'events',
      'http',
      'http server',
      'http server listen 80 default_server',
      'http server root /srv/a b',
    ])
  })

  it('knows where an argument stands, behind a byte order mark and with carriage returns', () => {
    const text = '\uFEFFserver {\r\n  listen [::]:80;\r\n}\r\n'
    const [listen] = read(text).directives.filter(({ name }) => name === 'listen')
    expect(text.slice(listen!.args[0]!.start, listen!.args[0]!.end)).toBe('[::]:80')
    expect(text.slice(listen!.start, listen!.end)).toBe('listen [::]:80;')
  })

  it('reads templates, quotes and patterns as words', () => {
    expect(places('listen ${PORT};location ~ \\.php$ { return 200 \'{"a": "};"}\'; }')).toEqual([
      'listen ${PORT}',
      'location ~ \\.php$',
      'location return 200 {"a": "};"}',
    ])
  })

  it.each([
    ['a brace too few', 'server { listen 80;'],
    ['a brace too many', 'server { } }'],
    ['a word without an end', 'listen 80'],
    ['a quote without an end', 'root "/srv;'],
    ['a program in Lua', 'location / { content_by_lua_block { ngx.say("a") } }'],
  ])('says that it cannot read %s', (_, text) => {
    expect(read(text).problem).toBeDefined()
    expect(read(text).directives).toEqual([])
  })

  it('takes its time for nothing that is made to take it', () => {
    for (const text of [
      '${'.repeat(200_000),
      '{'.repeat(400_000),
      '"\\'.repeat(200_000),
      'a '.repeat(240_000),
      'x'.repeat(600_000),
    ])
      expect(read(text).problem).toBeDefined()
  })
})

import { describe, expect, it } from 'vitest'
import { goFile, goModule } from '../../src/documents/go.js'
import { textFile } from '../../src/project.js'

const read = (text: string, path = 'main.go') => goFile(textFile(path, text))!

describe('a Go file', () => {
  it('tells imports from other texts', () => {
    const file = read(`// import "no"
package main

import "fmt"
import (
	_ "embed" // for pages
	alias \`os/exec\`
)

/* import "never" */
var import_ = "templates/*.html"
var raw = \`a "quoted" one\`
`)
    expect(file.package).toBe('main')
    expect(file.imports.map(({ value }) => value)).toEqual(['fmt', 'embed', 'os/exec'])
    expect(file.texts.map(({ value }) => value)).toEqual(['templates/*.html', 'a "quoted" one'])
  })

  it('says where each text stands', () => {
    const text = 'package a\n\nvar s = "x\\"y"\n'
    const [only] = read(text).texts
    expect(text.slice(only!.start, only!.end)).toBe('"x\\"y"')
    expect(only!.value).toBe('x"y')
  })

  it('blanks what comments and texts say, at the same offsets', () => {
    const text = 'package a\nvar r = \'"\' // os.Create(\nvar s = "os.Create("\nos.Create(s)\n'
    const { code } = read(text)
    expect(code).toHaveLength(text.length)
    expect([...code.matchAll(/os\.Create\(/g)].map(({ index }) => index)).toEqual([text.lastIndexOf('os.Create(')])
  })

  it('reads the directives of embed and cgo', () => {
    const file = read(`package a
//go:embed pages/* all:static "with space"
//#cgo LDFLAGS: -lm -lpcap
import "C"
`)
    expect(file.embeds).toContain('pages/*')
    expect(file.embeds).toContain('all:static')
    expect(file.linksWithSystem).toBe(true)
    expect(read('package a\n// #cgo LDFLAGS: -lm -lpthread\nimport "C"\n').linksWithSystem).toBe(false)
  })

  it('leaves out tests, other systems and what is never built', () => {
    expect(read('package a\n', 'a_test.go').left).toBe(true)
    expect(read('package a\n', 'a_windows.go').left).toBe(true)
    expect(read('package a\n', 'a_linux.go').left).toBe(false)
    expect(read('//go:build ignore\n\npackage main\n').left).toBe(true)
  })

  it('reads what nobody closes without losing its way, or its time', () => {
    for (const text of [
      '"',
      '`',
      '/*',
      "'",
      'import (',
      'import "a',
      '"\\',
      '/* '.repeat(200_000),
      '"\n'.repeat(200_000),
    ]) {
      expect(read(`package a\n${text}`).package).toBe('a')
    }
    expect(goFile(textFile('big.go', `package a // ${'x'.repeat(1 << 20)}`))).toBeUndefined()
  })
})

describe('a go.mod', () => {
  it('names its module and all it requires', () => {
    const text = `module "acme.io/shop/v2" // the shop

go 1.22

require github.com/a/b v1.0.0
require (
	github.com/c/d v1.2.3 // indirect
)
replace github.com/c/d => ../d
`
    const module = goModule(textFile('go.mod', text))!
    expect(module.path).toBe('acme.io/shop/v2')
    expect(module.requires.map(({ value }) => value)).toEqual(['github.com/a/b', 'github.com/c/d'])
    for (const { value, start, end } of module.requires) expect(text.slice(start, end)).toBe(value)
  })

  it('is none without a module', () => {
    expect(goModule(textFile('go.mod', 'go 1.22\n'))).toBeUndefined()
  })
})

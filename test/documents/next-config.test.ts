import { describe, expect, it } from 'vitest'
import { parseNextConfig } from '../../src/documents/next-config.js'
import { textFile } from '../../src/project.js'

const read = (text: string, path = 'next.config.mjs') => parseNextConfig(textFile(path, text))
const found = (text: string, path?: string) => {
  const { config } = read(text, path)
  return config && text.slice(config.start, config.end)
}

describe('the object that configures Next.js', () => {
  it.each([
    ['module.exports = { a: 1 }', '{ a: 1 }'],
    ['\uFEFFexport default { a: 1 }', '{ a: 1 }'],
    ['const nextConfig = { a: 1 }\nmodule.exports = nextConfig', '{ a: 1 }'],
    ['export default { a: 1 } satisfies NextConfig', '{ a: 1 }'],
    ['const c: NextConfig = ({ a: 1 } as const)\nexport default c', '{ a: 1 }'],
    ['module.exports = async (phase, { defaultConfig }) => ({ a: 1 })', '{ a: 1 }'],
    ['export default function config(phase) {\n  const f = () => { return 1 }\n  return { a: 1 }\n}', '{ a: 1 }'],
    ['const withMDX = mdx({ b: 2 })\nmodule.exports = withMDX({ images: {} })', '{ images: {} }'],
    ['module.exports = withA({ b: 2 })(withB({ reactStrictMode: true }))', '{ reactStrictMode: true }'],
    ['const nextConfig = {}\nexport default withSentryConfig(nextConfig, { silent: true })', '{}'],
    ['const nextConfig = { a: 1 }\nexport default withX(withY(nextConfig))', '{ a: 1 }'],
  ])('%s', (text, object) => {
    expect(found(text, text.includes('NextConfig') ? 'next.config.ts' : undefined)).toBe(object)
  })

  it.each([
    ['', 'nothing is given away'],
    ['module.exports = require("./config")', 'it stands elsewhere'],
    ['module.exports = withX({ theme: 1 })', 'these may be the options of the wrapper'],
    ['let c = { a: 1 }\nc = { b: 2 }\nmodule.exports = c', 'it is written twice'],
    ['const config: NextConfig = { a: 1 }\nconfig.output = "export"\nexport default config', 'it is changed'],
    ['const config = { a: 1 }\nObject.assign(config, more)\nmodule.exports = config', 'it may be changed'],
    ['export default (phase) => { if (phase) return { a: 1 }; return { b: 2 } }', 'there are two'],
    ['const a = b\nconst b = a\nmodule.exports = a', 'it goes round'],
    ['module.exports = {\n  a: 1', 'it is broken'],
    ['module.exports = { a: 1 }\nmodule.exports = { b: 2 }', 'there are two'],
    ['module.exports.a = 1', 'it is given away in pieces'],
  ])('is not seen in %s', (text) => {
    expect(found(text, text.includes('NextConfig') ? 'next.config.ts' : undefined)).toBeUndefined()
  })

  it('knows its settings, and whether there may be others', () => {
    const plain = read("module.exports = { output: 'standalone', images: {}, 'distDir': `x`, trailingSlash }").config!
    expect(plain.properties.map(({ name, text }) => [name, text])).toEqual([
      ['output', 'standalone'],
      ['images', undefined],
      ['distDir', 'x'],
      ['trailingSlash', undefined],
    ])
    expect(plain.open).toBe(false)
    expect(read('module.exports = { ...shared, a: 1 }').config!.open).toBe(true)
    expect(read('module.exports = { [key]: 1 }').config!.open).toBe(true)
  })

  it('bears what nobody writes', () => {
    expect(read(`module.exports = ${'['.repeat(100_000)}`).config).toBeUndefined()
    expect(read(`module.exports = ${'a('.repeat(50_000)}`).config).toBeUndefined()
    expect(read(`const a = {}\nmodule.exports = a\n//${'a['.repeat(90_000)}`).config).toBeDefined()
    expect(read('x'.repeat(300_000)).problems).toHaveLength(1)
  })
})

/** The applications below examples/apps and their records say the same, and each can be built from stand-ins alone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { APPS } from './proving/apps.js'
import { STAND_INS } from './proving/stand-ins.js'

const ROOT = join(import.meta.dirname, '..', 'examples', 'apps')

const textOf = (app: string, file: string) => readFileSync(join(ROOT, app, file), 'utf8')

const filesOf = (app: string): string[] =>
  readdirSync(join(ROOT, app), { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly build?: string | { context: string }; readonly image?: string }>
  >
}

/** A package of a lock file. */
interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** What its Compose file says, if it has one. */
function composeOf(app: string): Compose | undefined {
  const file = filesOf(app).find((name) => /^(docker-)?compose\.ya?ml$/.test(name))
  return file === undefined ? undefined : (parse(textOf(app, file)) as Compose)
}

it('every application has a record, and every record an application', () => {
  expect(APPS.map(({ name }) => name).sort()).toEqual(readdirSync(ROOT).sort())
})

describe.each(APPS)('$name', ({ name, bases, basesAfter = [], compose, services }) => {
  it('names the images of its record, which all have stand-ins', () => {
    const dockerfiles = filesOf(name).filter((file) => /(^|\/)Dockerfile$/.test(file))
    const from = dockerfiles.flatMap((file) =>
      [...textOf(name, file).matchAll(/^FROM (\S+)/gm)].map(([, image]) => image),
    )
    const run = Object.values(composeOf(name)?.services ?? {}).flatMap(({ image }) => image ?? [])
    expect([...new Set([...from, ...run])].sort()).toEqual([...bases].sort())
    expect([...bases, ...basesAfter].filter((base) => !STAND_INS.includes(base))).toEqual([])
  })

  it('has a record for each image that it builds', () => {
    const built = Object.entries(composeOf(name)?.services ?? { app: { build: '.' } }).filter(([, { build }]) => build)
    expect(compose ?? false).toBe(composeOf(name) !== undefined)
    expect(Object.keys(services).sort()).toEqual(built.map(([service]) => service).sort())
    for (const { context = '.' } of Object.values(services)) {
      expect(existsSync(join(ROOT, name, context, 'Dockerfile'))).toBe(true)
    }
  })

  it('has lock files that are complete, and leave the registry to whoever installs', () => {
    for (const file of filesOf(name).filter((one) => one.endsWith('package-lock.json'))) {
      const text = textOf(name, file)
      expect(text).not.toContain('"resolved"')
      const { packages } = JSON.parse(text) as { packages: Record<string, Locked> }
      const wanted = Object.values(packages).flatMap((one) =>
        Object.keys({ ...one.dependencies, ...one.optionalDependencies }),
      )
      const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)))
      expect(wanted.filter((one) => !locked.has(one))).toEqual([])
    }
  })
})

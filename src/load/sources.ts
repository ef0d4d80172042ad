import { join, resolve } from 'node:path'
import { readText, readTextWithin, type Text } from '../disk.js'
import { ConfigurationError } from './error.js'

/** A configuration file. */
export interface Source {
  readonly text: string
  /** What messages call it. */
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** Whether the person who runs harden chose it, so that it may name code to run. */
  readonly isTrusted: boolean
}

/** Bytes; what a configuration can say fits into far less. */
export const LARGEST_CONFIGURATION = 256 * 1024

const ENDINGS = ['yml', 'yaml', 'json']

/** What the configuration of a project may be called, at its top. */
export const CONFIGURATION_FILES: readonly string[] = ENDINGS.map((ending) => `.harden.${ending}`)

/** The configuration of a project. */
export function findIn(root: string): Source | undefined {
  return theOne(
    CONFIGURATION_FILES,
    (name) => readTextWithin(root, name, LARGEST_CONFIGURATION),
    (name) => ({ name, path: join(root, name), isTrusted: false }),
  )
}

/** The user's own configuration. */
export function findOwn(folder: string): Source | undefined {
  return theOne(
    ENDINGS.map((ending) => join(folder, `config.${ending}`)),
    (path) => readText(path, LARGEST_CONFIGURATION),
    (path) => ({ name: path, path, isTrusted: true }),
  )
}

/** The file a person named. */
export function named(file: string): Source {
  const source = sourceOf(readText(resolve(file), LARGEST_CONFIGURATION), {
    name: file,
    path: resolve(file),
    isTrusted: true,
  })
  if (!source) throw new ConfigurationError([`${file}: there is no such file.`])
  return source
}

function theOne(
  candidates: readonly string[],
  read: (candidate: string) => Text,
  describe: (candidate: string) => Omit<Source, 'text'>,
): Source | undefined {
  const found = candidates.flatMap((candidate) => sourceOf(read(candidate), describe(candidate)) ?? [])
  if (found.length < 2) return found[0]
  throw onlyOne(found)
}

/** Several files say what one should. */
export function onlyOne(found: readonly Pick<Source, 'name'>[]): ConfigurationError {
  return new ConfigurationError([`${found.map(({ name }) => name).join(' and ')}: there must be one of these only.`])
}

function sourceOf(read: Text, about: Omit<Source, 'text'>): Source | undefined {
  if (!read) return undefined
  if ('problem' in read) throw new ConfigurationError([`${about.name}: ${read.problem}.`])
  return { ...about, text: read.text }
}

import type { FileEntry } from '../../src/verify/files.js'
import type { BuiltImage } from '../../src/verify/image.js'
import type { Observation } from '../../src/verify/observe.js'

/** An image of which only what a test speaks of is special. */
export function imageWith(
  special: Partial<Omit<BuiltImage, 'files'>> & { files?: Partial<BuiltImage['files']> } = {},
): BuiltImage {
  const { files, ...rest } = special
  return {
    tag: 'harden-verify/test:1',
    seconds: 1,
    size: 100_000_000,
    layers: 5,
    config: {
      user: '',
      environment: [],
      entrypoint: [],
      command: ['python', 'app.py'],
      workdir: '/app',
      exposed: [],
      volumes: [],
      stopSignal: '',
      healthcheck: [],
    },
    imports: [],
    ...rest,
    files: { entries: new Map(), packages: [], missingLibraries: new Map(), pythons: [], ...files },
  }
}

/** A container that runs, answers 200 on port 8000, and stops at once. */
export function runWith(special: Partial<Observation> = {}): Observation {
  return {
    name: 'web',
    state: 'running',
    exitCode: undefined,
    uid: 0,
    endpoints: [{ name: '8000', port: 8000, answer: 200 }],
    health: undefined,
    answeredAfter: 1,
    log: [],
    written: [],
    stop: { seconds: 0.5, exitCode: 0 },
    ...special,
  }
}

export function pip(name: string, requires: readonly string[] = []) {
  return { manager: 'pip' as const, name, version: '1.0', requires }
}

export function entry(special: Partial<FileEntry> = {}): FileEntry {
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, ...special }
}

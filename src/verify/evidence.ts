import type { Path } from '../model.js'
import { configChanges, packagesLeft, type Worsening } from './compare.js'
import type { InstalledPackage } from './files.js'
import type { Answer, Observation } from './observe.js'
import type { Proof, SideOfProof } from './verify.js'

/** The numbers of one side, as a report shows them and a program reads them. */
export interface Measured {
  /** The user of the first process. */
  readonly uid: number | null
  /** Bytes. */
  readonly size: number
  readonly layers: number
  readonly packages: number
  readonly buildSeconds: number
  readonly state: Observation['state']
  readonly exitCode: number | null
  readonly health: Observation['health'] | null
  readonly answers: readonly { readonly port: number; readonly answer: Answer }[]
  readonly answeredAfterSeconds: number | null
  readonly stopSeconds: number | null
  readonly stopExitCode: number | null
}

/** A proof in the form in which it is shown. */
export interface EvidenceSheet {
  readonly name: string
  readonly dockerfile: Path
  readonly outcome: 'no worse' | 'worse' | 'unproven'
  readonly unproven?: string
  readonly worse: readonly Worsening[]
  readonly before?: Measured
  readonly after?: Measured
  readonly config: ReturnType<typeof configChanges>
  /** What is no longer in the image. */
  readonly left: readonly Pick<InstalledPackage, 'manager' | 'name' | 'version'>[]
  readonly notes: readonly string[]
}

/** Writes down what a proof found. */
export function evidenceOf(proof: Proof): EvidenceSheet {
  const { name, dockerfile, before, after, unproven, worse, notes } = proof
  return {
    name,
    dockerfile,
    outcome: unproven !== undefined ? 'unproven' : worse.length > 0 ? 'worse' : 'no worse',
    ...(unproven !== undefined && { unproven }),
    worse,
    ...(before && { before: measured(before) }),
    ...(after && { after: measured(after) }),
    config: before && after ? configChanges(before.image.config, after.image.config) : [],
    left:
      before && after
        ? packagesLeft(before.image, after.image).map(({ manager, name, version }) => ({ manager, name, version }))
        : [],
    notes,
  }
}

function measured({ image, run }: SideOfProof): Measured {
  return {
    uid: run.uid ?? null,
    size: image.size,
    layers: image.layers,
    packages: image.files.packages.length,
    buildSeconds: rounded(image.seconds),
    state: run.state,
    exitCode: run.exitCode ?? null,
    health: run.health ?? null,
    answers: run.endpoints.map(({ port, answer }) => ({ port, answer })),
    answeredAfterSeconds: run.answeredAfter === undefined ? null : rounded(run.answeredAfter),
    stopSeconds: run.stop ? rounded(run.stop.seconds) : null,
    stopExitCode: run.stop?.exitCode ?? null,
  }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10
}

/** One line of the table that holds both sides next to each other. */
export interface Row {
  readonly what: string
  readonly before: string
  readonly after: string
}

/** The table of a sheet; what neither side has is left out. */
export function rowsOf({ before, after }: EvidenceSheet): readonly Row[] {
  const row = (what: string, of: (side: Measured) => string): Row => ({
    what,
    before: before ? of(before) : '',
    after: after ? of(after) : '',
  })
  const rows = [
    row('runs as', ({ uid }) => (uid === null ? '' : uid === 0 ? 'root (0)' : String(uid))),
    row('state', ({ state, exitCode }) => (state === 'running' ? 'running' : `ended with ${exitCode}`)),
    row('answers', ({ answers }) => answers.map(({ port, answer }) => `${port}: ${answer}`).join(', ')),
    row('health', ({ health }) => health ?? 'no check'),
    row('size', ({ size }) => megabytes(size)),
    row('layers', ({ layers }) => String(layers)),
    row('packages', ({ packages }) => (packages === 0 ? '' : String(packages))),
    row('first answer', ({ answeredAfterSeconds }) => seconds(answeredAfterSeconds)),
    row('stops in', ({ stopSeconds, stopExitCode }) =>
      stopSeconds === null ? '' : `${seconds(stopSeconds)}${stopExitCode === 137 ? ', killed' : ''}`,
    ),
  ]
  return rows.filter((each) => each.before !== '' || each.after !== '')
}

/** As people read sizes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}

function seconds(value: number | null): string {
  return value === null ? '' : `${value.toFixed(1)} s`
}

/**
 * One run of proofs. All it makes on the engine carries its id, in a label or in a name, and is taken away when the run
 * ends, however it ends: a shell of its own waits for the end of its input, which also comes when the run is interrupted or
 * killed, where no hook of a test is called any more. What outlives even that, as containers do that a restarted engine
 * starts again, goes when the next run begins.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { docker, type Engine } from './engine.js'
import { hold } from './lock.js'

/** A run that has begun. */
export interface Run {
  /** The value of its label; Compose projects and images of the run have names that begin with it. */
  readonly id: string
  /** A place for its files, which goes with it. */
  readonly directory: string
  /** Takes away what it made, and fails where something could not be taken away. */
  end(): Promise<void>
}

const ID = /\bharden-proof-[0-9a-f]{8}(?![0-9a-f])/g

const directoryOf = (id: string) => join(tmpdir(), id)

// Containers first, because they hold the rest. A run that was cut off may have left commands that are still at work, so
// the second look comes when those have met their end.
const SWEEP = `
client=$1 run=$2 directory=$3
of_run() { { grep -F -- "$run" || true; } | cut -d ' ' -f 1 | sort -u; }
sweep() {
  "$client" container ls --all --format '{{.ID}} {{.Labels}}' | of_run | xargs -r "$client" container rm --force --volumes
  "$client" network ls --format '{{.ID}} {{.Labels}}' | of_run | xargs -r "$client" network rm
  "$client" volume ls --format '{{.Name}} {{.Labels}}' | of_run | xargs -r "$client" volume rm --force
  "$client" image ls --format '{{.Repository}}:{{.Tag}}' | of_run | xargs -r "$client" image rm --force
  "$client" image ls --quiet --filter "label=harden.proving=$run" | xargs -r "$client" image rm --force
  rm -rf -- "$directory"
}
said=$(cat)
[ "$said" = done ] || { sweep || true; sleep 10; }
sweep
`

/** Starts to wait; the returned function sweeps now. */
function sweepAtEnd(engine: Engine, id: string): () => Promise<void> {
  const words = ['-e', '-o', 'pipefail', '-c', SWEEP, 'sweep', engine.client, id, directoryOf(id)]
  const shell = spawn('bash', words, { detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
  const complaints = text(shell.stderr)
  const ended = new Promise<number | null>((resolve) => shell.on('close', resolve))
  return async () => {
    shell.stdin.end('done')
    if ((await ended) !== 0) throw new Error(`not everything of ${id} could be taken away: ${await complaints}`)
  }
}

/** The runs that something on the engine belongs to. */
async function runsOn(engine: Engine): Promise<readonly string[]> {
  const lists = [
    ['container', 'ls', '--all', '--format', '{{.Labels}}'],
    ['network', 'ls', '--format', '{{.Labels}}'],
    ['volume', 'ls', '--format', '{{.Labels}}'],
    ['image', 'ls', '--format', '{{.Repository}}'],
  ]
  const said = await Promise.all(lists.map(async (list) => (await docker(engine, list)).stdout))
  return [...new Set(said.join('\n').match(ID))]
}

/** Takes away what is left of runs that no longer exist. A run that goes on holds its id as a name, where there are such. */
async function clearForsaken(engine: Engine): Promise<void> {
  if (process.platform !== 'linux') return
  for (const id of await runsOn(engine)) {
    const held = await hold(id)
    if (!held) continue
    await sweepAtEnd(engine, id)()
    held.close()
  }
}

/** Begins a run. */
export async function beginRun(engine: Engine): Promise<Run> {
  await clearForsaken(engine)
  const id = `harden-proof-${randomUUID().slice(0, 8)}`
  const held = await hold(id)
  const sweep = sweepAtEnd(engine, id)
  await mkdir(directoryOf(id), { mode: 0o700 })
  return {
    id,
    directory: directoryOf(id),
    async end() {
      await sweep()
      held?.close()
    },
  }
}

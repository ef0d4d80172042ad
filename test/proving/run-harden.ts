import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const REPOSITORY = join(import.meta.dirname, '..', '..')

/** Runs the command line in a directory; its journal goes to `state`, never to the home of whoever runs the tests. */
export async function runHarden(
  args: readonly string[],
  cwd: string,
  state: string,
): Promise<{ exitCode: number; said: string }> {
  const command = [join(REPOSITORY, 'bin/harden.js'), ...args]
  try {
    const environment = { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: state }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd, env: environment })
    return { exitCode: 0, said: stdout + stderr }
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string }
    if (typeof failed.code !== 'number') throw error
    return { exitCode: failed.code, said: `${failed.stdout}${failed.stderr}` }
  }
}

import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'

/**
 * The home folder of whoever runs this; `undefined` where there is none, as for the bare user id of a container. A
 * relative `HOME` is none either: it would lead into the project, where strangers put files.
 */
export function homeFolder(): string | undefined {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : undefined
  } catch {
    return undefined
  }
}

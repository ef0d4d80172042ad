import type { Dockerfile, Instruction } from '../documents/dockerfile.js'

/** What `RUN --mount` lays over the file system while a command runs: nothing written there gets into the image. */
export interface RunMount {
  readonly type: string
  /** Where, without a trailing slash; `undefined` if it is not said or only the build knows. */
  readonly target: string | undefined
}

/** The mounts of a RUN. */
export function mountsOf(document: Dockerfile, run: Instruction): readonly RunMount[] {
  return run.flags.flatMap(({ name, value = '' }) => {
    if (name !== 'mount') return []
    const settings = new Map(value.split(',').map((setting) => setting.split('=') as [string, string | undefined]))
    const written = settings.get('target') ?? settings.get('dst') ?? settings.get('destination')
    const target = written === undefined ? undefined : document.expand(written, run)
    return [{ type: settings.get('type') ?? 'bind', target: target?.replace(/(.)\/+$/, '$1') }]
  })
}

/** Whether a mount of a RUN keeps what is written to a folder, or to all of what is in it, out of the image. */
export function isMounted(document: Dockerfile, run: Instruction, folder: string): boolean {
  return mountsOf(document, run).some(({ type, target }) => {
    if (type !== 'cache' && type !== 'tmpfs') return false
    return (
      target === undefined || target === folder || folder.startsWith(`${target}/`) || target.startsWith(`${folder}/`)
    )
  })
}

import type { Path, Project } from '../model.js'
import { encode } from './encoding.js'
import { at } from './place.js'
import { realRoot } from './root.js'
import { isBytes } from './takeback.js'

/** Those of some files that are no longer, byte for byte, what the project read; also those that have come up or gone. */
export function staleFiles(root: string, project: Project, paths: Iterable<Path>): readonly Path[] {
  const real = realRoot(root)
  return [...paths].filter((path) => {
    const file = project.read(path)
    try {
      return !at(real, file?.path ?? path, (place) => isBytes(place.read(), file && encode(file)))
    } catch {
      // The folder is gone, or is no longer the one that was read.
      return file !== undefined
    }
  })
}

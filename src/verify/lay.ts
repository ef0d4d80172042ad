/**
 * Lays a picture of a project out on disk, so that it can be built without the working tree being touched. Files are hard
 * links where that is possible: they cost nothing, and a builder only reads them. What a container may write is copied.
 */
import { constants, type Dirent } from 'node:fs'
import { chmod, copyFile, cp, link, lstat, mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encode } from '../disk/encoding.js'
import type { Path, Project } from '../model.js'

/** What stands at a path in the picture and not on disk; `undefined` if nothing does. */
export type Overlay = ReadonlyMap<Path, { readonly bytes: Buffer; readonly mode: number } | undefined>

/** The files that edits have made or changed, in the bytes they would be written in. */
export function overlayOf(picture: Project): Overlay {
  return new Map([...picture.edited.values()].map((file) => [file.path, { bytes: encode(file), mode: file.mode }]))
}

/** Lays the whole of `root` out in `folder`, which must not exist yet, and the overlay over it. */
export async function lay(root: string, overlay: Overlay, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await mirror(root, folder)
  for (const [path, file] of overlay) {
    const place = join(folder, path)
    // What is there may be a link to the file itself: it goes before anything is written.
    await rm(place, { recursive: true, force: true })
    if (!file) continue
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, file.bytes)
    await chmod(place, file.mode)
  }
}

/** A copy that a container may write to, with the owners it needs nobody to know. */
export async function layForWriting(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
}

async function mirror(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      await mkdir(target)
      await mirror(source, target)
      await chmod(target, (await lstat(source)).mode & 0o7777)
    } else await one(entry, source, target)
  }
}

async function one(entry: Dirent, source: string, target: string): Promise<void> {
  if (entry.isSymbolicLink()) return symlink(await readlink(source), target)
  // Pipes, sockets and devices are no part of a build.
  if (!entry.isFile()) return
  try {
    await link(source, target)
  } catch {
    await copyFile(source, target, constants.COPYFILE_FICLONE)
  }
}

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Path } from '../model.js'
import { type Read, readBytes } from './bytes.js'
import { ChangedError, codeOf, DiskError } from './error.js'
import { isInside } from './listing.js'

/** Bytes; far above the largest file that planning reads. */
const LARGEST = 1024 * 1024 * 1024

/** The place of one file or folder in an opened folder of the project. Every change is on the disk when it returns. */
export interface Place {
  read(): Read
  exists(): boolean
  /** @throws the system's error unless the file, if there is one, and its folder may be written. */
  mayWrite(): void
  /** Writes a temporary file beside it: with mode and owner of the file it will replace, else with the mode given. */
  stage(temporary: string, bytes: Buffer, mode: number): void
  /** Lets the temporary file take the place, at once. A new file never replaces one that has come up meanwhile. */
  put(temporary: string, isNew: boolean): void
  remove(): void
  /** Removes a temporary file, if there is one. */
  discard(temporary: string): void
  makeFolder(): void
  removeFolder(): void
}

/**
 * Acts on one place. Its folder is opened once and everything goes through that handle, so that nobody can exchange the
 * folder, or one above it, for a link to elsewhere between the check and the act. (On a system without `/proc` the path
 * of the folder is used, and the check is as good as it is recent.)
 * @param root Absolute, every link resolved.
 * @throws DiskError if the path is not the project's own, ChangedError if a folder above is a link; else the system's error.
 */
export function at<T>(root: string, path: Path, act: (place: Place) => T): T {
  if (!isInside(path)) throw new DiskError(`${path}: this is not a path inside the project.`, path)
  const folder = dirname(join(root, path))
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    const through = `/proc/self/fd/${handle}`
    const isThrough = existsSync(through)
    if ((isThrough ? readlinkSync(through) : realpathSync.native(folder)) !== folder) {
      throw new ChangedError(`${path}: a folder above it has become a symbolic link.`, path)
    }
    return act(placeIn(isThrough ? through : folder, basename(path), handle))
  } finally {
    closeSync(handle)
  }
}

function placeIn(folder: string, name: string, handle: number): Place {
  const full = `${folder}/${name}`
  const stats = () => lstatSync(full, { throwIfNoEntry: false })
  const durably = (act: () => void) => {
    act()
    fsyncSync(handle)
  }
  return {
    read: () => readBytes(full, LARGEST),
    exists: () => stats() !== undefined,
    mayWrite: () => {
      accessSync(folder, constants.W_OK)
      if (stats()) accessSync(full, constants.W_OK)
    },
    stage: (temporary, bytes, mode) => writeNew(`${folder}/${temporary}`, bytes, stats() ?? mode),
    put: (temporary, isNew) =>
      durably(() => (isNew ? putNew(`${folder}/${temporary}`, full) : renameSync(`${folder}/${temporary}`, full))),
    remove: () => durably(() => unlinkSync(full)),
    discard: (temporary) => {
      const path = `${folder}/${temporary}`
      if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path)
    },
    makeFolder: () => durably(() => mkdirSync(full)),
    removeFolder: () => rmdirSync(full),
  }
}

function writeNew(path: string, bytes: Buffer, like: Stats | number): void {
  const file = openSync(path, 'wx', typeof like === 'number' ? like : 0o600)
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    if (typeof like !== 'number') {
      keepOwner(file, like)
      // Last, because writing and changing the owner take away the bits that let a program run as somebody else.
      fchmodSync(file, like.mode & 0o7777)
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Only root can give files away, others may at least keep a group they are in. */
function keepOwner(file: number, like: Stats): void {
  try {
    fchownSync(file, like.uid, like.gid)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
  }
}

function putNew(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    // Some file systems have no hard links; the check right before was all there can be.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error
    renameSync(from, to)
    return
  }
  unlinkSync(from)
}

import { lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Path } from '../model.js'
import { DiskError, reasonOf } from './error.js'
import { homeFolder } from './home.js'

export interface Root {
  /** Absolute, with every symbolic link resolved. */
  readonly root: string
  /** The path asked for, relative to the root; empty for the root itself. */
  readonly inside: Path
}

/**
 * The project a path belongs to: the git work tree around it, or outside git the path itself (for a file, its folder).
 *
 * A `.git` in the file system's root or in the user's home, or anywhere above the home, counts only for that very
 * folder: it keeps somebody's settings, and does not make one project of all that lies below.
 * @throws DiskError if there is no such path.
 */
export function findRoot(path: string, home = homeFolder()): Root {
  const target = locate(path)
  const folder = isDirectory(target) ? target : dirname(target)
  const root = workTree(folder, home && resolved(home)) ?? folder
  const inside = relative(root, insideLink(root, target))
  return { root, inside }
}

/** A link to a folder is followed, one to a file is kept: where it leads decides nothing about the project. */
function locate(path: string): string {
  const absolute = resolve(path)
  try {
    if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(absolute)
    const target = join(realpathSync(dirname(absolute)), basename(absolute))
    lstatSync(target)
    return target
  } catch (error) {
    throw new DiskError(`${path}: ${reasonOf(error)}`, path, { cause: error })
  }
}

/** A link to another file of the project is that file. */
function insideLink(root: string, target: string): string {
  const real = resolved(target)
  return contains(root, real) ? real : target
}

function workTree(folder: string, home: string | undefined): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const isLimit = above === home || above === dirname(above)
    if ((above === folder || !isLimit) && isWorkTree(above)) return above
    if (isLimit) return undefined
  }
}

/** Whether a folder holds a `.git` folder, or the `.git` file of a linked work tree or submodule. */
export function isWorkTree(folder: string): boolean {
  try {
    const git = join(folder, '.git')
    return statSync(git).isFile() || statSync(join(git, 'HEAD')).isFile()
  } catch {
    return false
  }
}

function isDirectory(path: string): boolean {
  return lstatSync(path).isDirectory()
}

function resolved(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Whether an absolute path is a folder or lies in it. */
export function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/**
 * The root, absolute and with every link resolved.
 * @throws DiskError if there is no such folder.
 */
export function realRoot(root: string): string {
  try {
    return realpathSync.native(root)
  } catch (error) {
    throw new DiskError(`${root}: ${reasonOf(error)}`, root, { cause: error })
  }
}

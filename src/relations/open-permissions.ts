import { posix } from 'node:path'
import type { Instruction, ShellCommand, ShellWord } from '../documents/dockerfile.js'
import { commandsIn, type Image, isUnder, pathsIn } from './image.js'
import { type GivenAway, givenAway } from './ownership.js'

/** A `chmod` that lets every account of the system write. */
export interface Opened {
  readonly run: Instruction
  readonly command: ShellCommand
  /** The mode as it stands in the file. */
  readonly mode: ShellWord
  /** Absolute; `undefined` if not all of them can be told. */
  readonly paths: readonly string[] | undefined
  readonly recursive: boolean
}

/** What the build of an image opens to everybody. A sticky directory such as `/tmp` is meant to be open. */
export function openedIn(image: Image): readonly Opened[] {
  return image.instructions.flatMap((run) => {
    if (run.keyword !== 'RUN' || run.hereDocuments.length > 0) return []
    if (!/\bchmod\b/.test(image.document.file.text.slice(run.args.start, run.args.end))) return []
    return commandsIn(image.document, run, image.workdirAt(run)).flatMap(({ command, args, here }) => {
      const at = args.findIndex((arg) => arg === undefined || !/^-([a-zA-Z]+|-.*)$/.test(arg))
      const mode = command.words[at + 1]
      if (command.name !== 'chmod' || at < 0 || !mode?.literal || !opens(mode.value)) return []
      const named = args.slice(at + 1).filter((arg) => !arg?.startsWith('-'))
      const paths = pathsIn(named, here)
      const recursive = args.some((arg) => /^-[a-zA-Z]*R[a-zA-Z]*$|^--recursive$/.test(arg ?? ''))
      return [{ run, command, mode, recursive, paths: paths.length === named.length ? paths : undefined }]
    })
  })
}

/** Whether a mode gives everybody the right to write, and does not make up for it with the sticky bit. */
export function opens(mode: string): boolean {
  const [, special = '0', others] = /^0?([0-7])?[0-7]{2}([0-7])$/.exec(mode) ?? []
  if (others !== undefined) return (Number(others) & 2) !== 0 && (Number(special) & 1) === 0
  return /^([ugoa]*[+=-][rwxXst]*,?)+$/.test(mode) && /(^|,)[ug]*[oa][ugoa]*[+=][rxXs]*w/.test(mode) && !/t/.test(mode)
}

/** A mode that leaves writing to the owner: what the group may read or start it still may, others nothing. */
export function ownersMode(mode: string): string | undefined {
  const octal = /^(0?[0-7]?)([0-7])([0-7])[0-7]$/.exec(mode)
  if (octal) return `${octal[1]}${octal[2]}${Number(octal[3]) & 5}0`
  const [, rights] = /^(?:a|ugo)\+([rwxX]+)$/.exec(mode) ?? []
  if (rights) return `u+${rights}${groups(rights.replace('w', ''))},o-rwx`
  return undefined
}

function groups(rights: string): string {
  return rights === '' ? '' : `,g+${rights}`
}

/** A mode with which everybody may read and start a program, and only its owner change it. */
export function programMode(mode: string): string | undefined {
  const octal = /^(0?)([0-7])([0-7])([0-7])$/.exec(mode)
  return octal ? `${octal[1]}${octal[2]}${Number(octal[3]) & 5}${Number(octal[4]) & 5}` : undefined
}

/** Whether a path is that of a program, by the folder it is in or the ending of its name. */
export function isProgram(path: string): boolean {
  return (
    /\.(sh|bash)$|(^|\/)(docker-)?entrypoint[\w-]*$/.test(path) ||
    /^(\/usr(\/local)?)?\/s?bin$/.test(posix.dirname(path))
  )
}

/** Whether a path surely belongs to the user that the image runs as, where a command of `run` changes its mode. */
export function belongsToUser(image: Image, path: string, { run, command, recursive }: Opened): boolean {
  const { name, root } = image.user
  if (root !== false || name === undefined) return false
  // Who is not root can only change the mode of files of their own.
  const now = image.userAt(run)
  if (now.root === false) return now.name === name
  const given = givenAway(image).findLast((each) =>
    // A folder that changes hands by itself leaves what is in it to whoever made that.
    each.recursive === undefined
      ? !recursive && each.paths.includes(path)
      : each.paths.some((parent) => isUnder(path, parent)),
  )
  if (!given) return false
  const [owner] = given.owner.split(/[:.]/)
  const account = image.accounts.findLast((account) => account.name === name)
  const isUser = owner === name || (account?.uid !== undefined && !account.variable && owner === String(account.uid))
  return isUser && nothingIsMadeBetween(image, given, run, command)
}

/** Whether the owner changes after the mode, or nothing that could make other files comes in between. */
function nothingIsMadeBetween(image: Image, given: GivenAway, run: Instruction, chmod: ShellCommand): boolean {
  if (given.run.index > run.index || given.command.start > chmod.start) return true
  const between = image.instructions.filter(({ index }) => index > given.run.index && index < run.index)
  const commands = [...new Set([given.run, run])].flatMap((one) => image.document.shell(one).commands)
  return (
    between.every(({ keyword }) => /^(ENV|ARG|LABEL|EXPOSE|USER|VOLUME|STOPSIGNAL|CMD|ENTRYPOINT)$/.test(keyword)) &&
    commands
      .filter(({ start }) => start > given.command.start && start < chmod.start)
      .every(({ name }) => /^(chown|chmod|rm|true|:)$/.test(name ?? ''))
  )
}

import type { Dockerfile, Instruction, ShellCommand, ShellWord } from '../documents/dockerfile.js'
import { insert, replace } from '../edits.js'
import type { TextEdit } from '../model.js'

/** What a call of adduser or addgroup comes to with the tools that every Debian has, or the word that nobody can translate. */
export type Translated =
  | { readonly edits: readonly TextEdit[] }
  | { readonly obstacle: ShellWord; readonly why: string }

const COMPUTED = 'Only the build knows what it comes to'
const NO_EQUAL = 'useradd has nothing that is known to do the same'
const IS_THERE = 'The base has it already, where useradd fails and adduser does not'

/** Options of Debian's adduser, and what useradd calls them; an empty name: it says nothing that useradd does not do anyway. */
const OPTIONS: Readonly<Record<string, { readonly as: string; readonly valued?: boolean }>> = {
  '--system': { as: '--system' },
  '--group': { as: '--user-group' },
  '--disabled-password': { as: '' },
  '--disabled-login': { as: '' },
  '--quiet': { as: '' },
  '-q': { as: '' },
  '--no-create-home': { as: '--no-create-home' },
  '--uid': { as: '--uid', valued: true },
  '--gid': { as: '--gid', valued: true },
  '--ingroup': { as: '--gid', valued: true },
  '--home': { as: '--home-dir', valued: true },
  '--shell': { as: '--shell', valued: true },
  '--gecos': { as: '--comment', valued: true },
  '--comment': { as: '--comment', valued: true },
}
const GROUP_OPTIONS = new Set(['--system', '--gid', '--quiet', '-q'])

/** Accounts and groups that every Debian has: adduser says that they are there already, useradd fails. */
const PRESENT = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc _apt nobody nogroup adm tty disk ' +
    'kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl plugdev staff users'
  ).split(' '),
)

interface Option {
  readonly name: string
  readonly word: ShellWord
  /** The value in a word of its own. */
  readonly value: ShellWord | undefined
}

/** Translates one call of adduser or addgroup, word by word: what is the same in both stays as it is written. */
export function withUseradd(document: Dockerfile, { words }: ShellCommand): Translated {
  const program = words[0]!
  const options: Option[] = []
  const names: ShellWord[] = []
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!
    if (!word.value.startsWith('-')) {
      // Where the shell makes several words of a variable, nobody knows which is the name.
      if (!word.literal && !/^"?\$(\w+|\{\w+\})"?$/.test(word.text)) return { obstacle: word, why: COMPUTED }
      names.push(word)
      continue
    }
    const name = word.value.replace(/=.*$/s, '')
    const known = Object.hasOwn(OPTIONS, name) ? OPTIONS[name]! : undefined
    const isJoined = known?.valued === true && word.text.startsWith(`${name}=`)
    if (!known || (word.text !== name && !isJoined)) return { obstacle: word, why: NO_EQUAL }
    const value = known.valued && !isJoined ? words[++i] : undefined
    if (known.valued && !isJoined && !value) return { obstacle: word, why: NO_EQUAL }
    options.push({ name, word, value })
  }
  const [name, group, more] = names
  if (!name || more) return { obstacle: more ?? program, why: NO_EQUAL }
  if (group)
    return options.length > 0 || program.value === 'addgroup'
      ? { obstacle: options[0]?.word ?? program, why: NO_EQUAL }
      : { edits: member(document, program, name, group) }
  if (PRESENT.has(name.value)) return { obstacle: name, why: IS_THERE }
  if (program.value === 'addgroup' || (has(options, '--group') && !has(options, '--system'))) {
    const strange = options.find((option) => !GROUP_OPTIONS.has(option.name) && option.name !== '--group')
    return strange ? { obstacle: strange.word, why: NO_EQUAL } : { edits: groupadd(document, program, options) }
  }
  return useradd(document, program, options)
}

function has(options: readonly Option[], ...names: readonly string[]): boolean {
  return options.some(({ name }) => names.includes(name))
}

function optionOf(options: readonly Option[], name: string): Option | undefined {
  return options.find((option) => option.name === name)
}

/** `adduser name group` puts an account into a group. */
function member(document: Dockerfile, program: ShellWord, name: ShellWord, group: ShellWord): readonly TextEdit[] {
  return [
    replace(document, program, 'usermod --append --groups'),
    replace(document, name, group.text),
    replace(document, group, name.text),
  ]
}

function groupadd(document: Dockerfile, program: ShellWord, options: readonly Option[]): readonly TextEdit[] {
  return [
    replace(document, program, 'groupadd'),
    ...options.flatMap((option) =>
      renamed(document, option, option.name === '--group' ? '' : OPTIONS[option.name]!.as),
    ),
  ]
}

const LAST_SYSTEM_ID = 999

function useradd(document: Dockerfile, program: ShellWord, given: readonly Option[]): Translated {
  const other = optionOf(given, '--gid') ?? optionOf(given, '--ingroup')
  const own = has(given, '--group')
  if (own && other) return { obstacle: other.word, why: NO_EQUAL }
  const id = own ? optionOf(given, '--uid') : undefined
  const uid = id && (id.value?.value ?? id.word.value.slice('--uid='.length))
  if (id && !/^\d+$/.test(uid!)) return { obstacle: id.value ?? id.word, why: COMPUTED }
  // To a system account's own group useradd gives an id of the system's range, even where that of the account is above it.
  const options = Number(uid) > LAST_SYSTEM_ID ? given.filter(({ name }) => name !== '--system') : given
  const kept = options.filter(({ name }) => OPTIONS[name]!.as !== '').at(-1)
  const said = unasked(given)
    .map((option) => ` ${option}`)
    .join('')
  return {
    edits: [
      replace(document, program, kept ? 'useradd' : `useradd${said}`),
      ...given.flatMap((option) => renamed(document, option, options.includes(option) ? OPTIONS[option.name]!.as : '')),
      ...(kept && said ? [insert(document, (kept.value ?? kept.word).end, said)] : []),
    ],
  }
}

/** What adduser does where nobody says anything, in options of useradd. */
function unasked(given: readonly Option[]): readonly string[] {
  const system = has(given, '--system')
  const makesHome = !has(given, '--no-create-home') && (!system || has(given, '--home'))
  const group = has(given, '--group', '--gid', '--ingroup') ? [] : [system ? '--gid nogroup' : '--user-group']
  const home = system && !has(given, '--home') ? ['--home-dir /nonexistent'] : []
  const nologin = system || has(given, '--disabled-login')
  const shell = has(given, '--shell') ? [] : [`--shell ${nologin ? '/usr/sbin/nologin' : '/bin/bash'}`]
  return [...group, ...home, ...homeOptions(given, makesHome, system), ...shell]
}

function homeOptions(given: readonly Option[], makesHome: boolean, system: boolean): readonly string[] {
  if (makesHome) return system ? ['--create-home', '--key HOME_MODE=0755'] : ['--create-home']
  return has(given, '--no-create-home') ? [] : ['--no-create-home']
}

/** An option under its new name, or without it and the space before it; where it is all of a line, without the line. */
function renamed(document: Dockerfile, { name, word }: Option, as: string): readonly TextEdit[] {
  if (as === name) return []
  if (as !== '') return [replace(document, { start: word.start, end: word.start + name.length }, as)]
  const { text } = document.file
  let { start } = word
  while (text[start - 1] === ' ' || text[start - 1] === '\t') start--
  const rest = text[start - 1] === '\n' ? /^[ \t]*\\[ \t]*\r?\n/.exec(text.slice(word.end, word.end + 200)) : null
  return [replace(document, { start, end: word.end + (rest?.[0].length ?? 0) }, '')]
}

/** The calls of adduser and addgroup in a RUN, here-documents left out. */
export function adduserCalls(document: Dockerfile, run: Instruction): readonly ShellCommand[] {
  if (run.keyword !== 'RUN' || run.json || run.hereDocuments.length > 0) return []
  if (!/\badd(user|group)\b/.test(document.file.text.slice(run.args.start, run.args.end))) return []
  return document.shell(run).commands.filter(({ name }) => name === 'adduser' || name === 'addgroup')
}

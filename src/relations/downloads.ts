import { posix } from 'node:path'
import type { Dockerfile, Instruction, ShellCommand, ShellWord } from '../documents/dockerfile.js'
import { isCertified } from '../facts/installers.js'
import { isReadByShell } from './run-shells.js'

/** Something a RUN takes from the network without knowing that it is what it should be. */
export interface Trust {
  /** `script`: runs what it fetches · `certificate`: fetches from whoever answers · `signature`: installs what nobody signed. */
  readonly kind: 'script' | 'certificate' | 'signature'
  readonly command: ShellCommand
  /** The addresses that the command names. */
  readonly addresses: readonly string[]
  /** The words of options that can go without harm, as far as that is certain. */
  readonly needless: readonly ShellWord[]
}

const MENTION = /\bcurl\b|\bwget\b|--allow-un|--trusted-host|strict-ssl|sslVerify/
const SHELLS = /^(ba|da|a|z|k)?sh$|^python[\d.]*$|^perl$|^ruby$|^node$/

/** What a RUN trusts blindly. Empty where it is not read by a shell. */
export function trustIn(document: Dockerfile, run: Instruction): readonly Trust[] {
  if (run.keyword !== 'RUN' || run.json || !MENTION.test(document.file.text.slice(run.args.start, run.end))) return []
  if (!isReadByShell(document, run)) return []
  const { commands } = document.shell(run)
  return commands.flatMap((command, i) => {
    const found = [piped(document, command, commands[i + 1]), substituted(command), ...lax(command)]
    return found.flatMap((trust) => trust ?? [])
  })
}

/** `curl … | sh`, unless the file goes somewhere else. */
function piped(document: Dockerfile, command: ShellCommand, next: ShellCommand | undefined): Trust | undefined {
  if (!next || !/^(curl|wget)$/.test(command.name ?? '')) return undefined
  const between = document.file.text.slice(command.end, next.start).replace(/\\[ \t]*\r?\n/g, ' ')
  if (!/^\s*\|&?\s*$/.test(between) || !runsInput(next) || savesFile(command)) return undefined
  return { kind: 'script', command, addresses: addressesOf(command), needless: [] }
}

function runsInput({ words }: ShellCommand): boolean {
  const program = words.find(({ value }, i) => !(i === 0 && value === 'sudo') && !/^-|=/.test(value))
  return program !== undefined && SHELLS.test(posix.basename(program.value))
}

function savesFile({ name, words }: ShellCommand): boolean {
  return words.some(({ value }, i) => {
    const target = words[i + 1]?.value
    if (name === 'curl') return /^(-[a-zA-Z]*o|--output)$/.test(value) && target !== '-' && !target?.startsWith('/dev/')
    return /^(-O|--output-document)$/.test(value) && target !== '-' && !target?.startsWith('/dev/')
  })
}

/** `sh -c "$(curl …)"`, `bash <(curl …)`. */
function substituted(command: ShellCommand): Trust | undefined {
  const [program] = command.words
  if (!program || !(SHELLS.test(posix.basename(program.value)) || /^(\.|source|eval)$/.test(program.value)))
    return undefined
  const word = command.words.find(({ text }) => /^["']?(\$\(|<\()\s*(curl|wget)\b/.test(text))
  return word && { kind: 'script', command, addresses: word.text.match(/https?:\/\/[^\s"')]+/g) ?? [], needless: [] }
}

/** Options that take whoever answers for who was asked. */
function lax(command: ShellCommand): readonly Trust[] {
  const { words } = command
  const name = words[0]?.value === 'sudo' ? words[1]?.value : command.name
  const trust = (kind: Trust['kind'], needless: readonly ShellWord[] = []): readonly Trust[] => [
    { kind, command, addresses: addressesOf(command), needless },
  ]
  const insecure = words.filter(({ value }) =>
    name === 'curl' ? /^(-k|--insecure)$/.test(value) : name === 'wget' && value === '--no-check-certificate',
  )
  const bundled =
    name === 'curl' && words.some(({ value }) => /^-[fsSLgjlnpqvN]*k[fsSLgjlnpqvNkoO]*$/.test(value) && value !== '-k')
  if (insecure.length > 0 || bundled) {
    const addresses = addressesOf(command)
    const isCertain = !bundled && addresses.length > 0 && addresses.every(isCertified)
    return trust('certificate', isCertain ? insecure : [])
  }
  if (/^pip[\d.]*$|^python[\d.]*$/.test(name ?? '') && words.some(({ value }) => /^--trusted-host(=|$)/.test(value)))
    return trust('certificate')
  const line = words.map(({ value }) => value).join(' ')
  if (/^(npm|yarn|pnpm) (config )?set strict-ssl[ =]false|^git (-c |config .*)http\.sslVerify[ =]false/i.test(line))
    return trust('certificate')
  if (
    /^(apk|apt|apt-get)$/.test(name ?? '') &&
    words.some(({ value }) => /^--allow-(untrusted|unauthenticated)$/.test(value))
  )
    return trust('signature')
  return []
}

function addressesOf({ words }: ShellCommand): readonly string[] {
  return words.flatMap(({ value }) => (/^(https?|ftp):\/\//.test(value) ? [value] : []))
}

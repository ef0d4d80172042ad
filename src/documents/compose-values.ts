/** The small languages inside a Compose file's values: variables, mounts and ports in their short form. */

/** What a variable stands for, or `undefined` if that is not known here. */
export type Variables = (name: string) => string | undefined

const noVariables: Variables = () => undefined

/** Nobody nests defaults deeper than this on purpose. */
const NESTING_LIMIT = 10

/**
 * The text with its variables replaced: by what they stand for, else by the default written beside them. A variable of
 * which neither is known stays as it is written.
 */
export function interpolate(text: string, variables: Variables = noVariables, nesting = 0): string {
  if (!text.includes('$') || nesting > NESTING_LIMIT) return text
  let result = ''
  for (let i = 0; i < text.length; ) {
    const dollar = text.indexOf('$', i)
    if (dollar < 0) return result + text.slice(i)
    result += text.slice(i, dollar)
    const end = endOfVariable(text, dollar)
    result += expand(text.slice(dollar, end), variables, nesting)
    i = end
  }
  return result
}

/** Whether a variable is left that only the environment can tell. */
export function isOpen(text: string): boolean {
  return /\$(\{|[A-Za-z_])/.test(text)
}

function endOfVariable(text: string, dollar: number): number {
  if (text[dollar + 1] === '$') return dollar + 2
  if (text[dollar + 1] !== '{') {
    NAME.lastIndex = dollar + 1
    return dollar + 1 + (NAME.exec(text)?.[0].length ?? 0)
  }
  let depth = 0
  for (let i = dollar + 1; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i + 1
  }
  return text.length
}

const NAME = /[A-Za-z_]\w*/y

function expand(written: string, variables: Variables, nesting: number): string {
  if (written === '$$') return '$'
  const [, name, operator = '', word = ''] =
    /^\$\{?([A-Za-z_]\w*)(?:(:?[-?+])(.*))?$/s.exec(written.replace(/\}$/, '')) ?? []
  if (!name) return written
  const value = variables(name)
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'))
  const inner = () => interpolate(word, variables, nesting + 1)
  if (operator.endsWith('-')) return isSet ? value : inner()
  if (operator.endsWith('+')) return isSet ? inner() : ''
  return value ?? written
}

/** `cluster` and `image` are types of the long form; `unknown` is what hides behind a variable. */
export type MountType = 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image' | 'unknown'

export interface MountSpec {
  readonly type: MountType
  /** A path of the host, a volume's name, or nothing for an anonymous volume. */
  readonly source?: string
  readonly target: string
  readonly readOnly: boolean
}

/** `[source:]target[:options]` */
export function parseMount(text: string): MountSpec {
  const parts = splitAtColons(interpolate(text))
  const [first = '', second, options = ''] = parts
  if (second === undefined || isOptions(second))
    return { type: 'volume', target: first, readOnly: isReadOnly(second ?? '') }
  return { type: typeOfSource(first), source: first, target: second, readOnly: isReadOnly(options) }
}

/** Splits at colons, but neither inside a variable nor behind the letter of a Windows drive. */
function splitAtColons(text: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  for (let i = 0; i < text.length; ) {
    const isDrive = i === start + 1 && /^[A-Za-z]:[\\/]/.test(text.slice(start, i + 2))
    if (text[i] === ':' && !isDrive) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
    i = text[i] === '$' ? Math.max(endOfVariable(text, i), i + 1) : i + 1
  }
  return [...parts, text.slice(start)]
}

function isOptions(part: string): boolean {
  return /^(ro|rw|z|Z|cached|delegated|consistent|nocopy|r?(shared|slave|private))(,|$)/.test(part)
}

function isReadOnly(options: string): boolean {
  return options.split(',').includes('ro')
}

function typeOfSource(source: string): MountType {
  if (/^\\\\\.\\pipe\\|^\/\/\.\/pipe\//.test(source)) return 'npipe'
  if (/^([./~\\]|[A-Za-z]:[\\/])/.test(source) || /^\$\{?(PWD|HOME)\b/.test(source)) return 'bind'
  if (!isOpen(source)) return 'volume'
  return source.includes('/') ? 'bind' : 'unknown'
}

export interface PortSpec {
  /** A port or a range of them; missing where the engine chooses. */
  readonly published?: string
  readonly target: string
  readonly hostIp?: string
  readonly protocol: string
}

/** `[[ip:]published:]target[/protocol]` */
export function parsePort(text: string): PortSpec {
  const [, ports = '', protocol = 'tcp'] = /^(.*?)(?:\/(tcp|udp|sctp))?$/s.exec(interpolate(text).trim()) ?? []
  const [, bracketed, rest = ports] = /^\[([^\]]*)\]:(.*)$/s.exec(ports) ?? []
  const parts = splitAtColons(rest)
  const target = parts.at(-1) ?? ''
  const published = parts.at(-2)
  const hostIp = bracketed ?? (parts.slice(0, -2).join(':') || undefined)
  return { target, protocol, ...(published && { published }), ...(hostIp && { hostIp }) }
}

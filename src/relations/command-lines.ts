import type { Range } from '../model.js'

/** A `docker build`, `buildx build`, `podman build` or `buildah bud` found in any text. */
export interface BuildCommand {
  readonly range: Range
  readonly file?: string
  readonly target?: string
  readonly tags: readonly string[]
  /** `NAME=value` as given to `--build-arg`. */
  readonly args: readonly string[]
  /** The context, if one is written that is more than variables. */
  readonly context?: string
  /** The folder that a `cd` right before it leads to. */
  readonly folder?: string
}

const BUILD =
  /\b(?:docker|podman|nerdctl)[ \t]+(?:(?:buildx|image|builder)[ \t]+)?build\b(?![-\w/:])|\bbuildah[ \t]+(?:bud|build)\b/g

/**
 * The build commands of a text that is, or holds, shell lines. Variables that the text itself sets to a plain value are
 * replaced, and so are those of its environment; words that hold others are kept as they are written.
 */
export function buildCommands(text: string, environment: Iterable<[string, string]> = []): readonly BuildCommand[] {
  if (text.length > SIZE_LIMIT || !/\b(?:docker|podman|nerdctl|buildah)\b/.test(text)) return []
  const variables = new Map([...environment, ...assignmentsIn(text)])
  const commands: BuildCommand[] = []
  let done = 0
  for (const { 0: start, index } of text.matchAll(BUILD)) {
    if (index < done) continue
    const before = text.slice(lineStart(text, index, Math.max(done, index - LOOK_BACK)), index)
    if (!isCommandPosition(before)) continue
    const { words, end } = wordsFrom(text, index + start.length)
    done = end
    if (words.length === 0) continue
    const command = commandOf(words.map((word) => replaceVariables(word, variables)))
    const folder = /(?:^|[\s@&;(])cd[ \t]+["']?([^\s"'&;]+)["']?[ \t]*&&[^;|]*$/.exec(before)?.[1]
    commands.push({
      ...command,
      range: { start: index, end },
      ...(folder && { folder: replaceVariables(folder, variables) }),
    })
  }
  return commands
}

/** What is longer was not written by hand. */
const SIZE_LIMIT = 500_000

/** How much of the line in front of a command is looked at. */
const LOOK_BACK = 1_000

/** Where the logical line begins, one that backslashes continue; not before `first`. */
function lineStart(text: string, offset: number, first: number): number {
  let start = text.lastIndexOf('\n', offset - 1) + 1
  while (start > first && /\\[ \t\r]*$/.test(text.slice(Math.max(0, start - 4), start - 1))) {
    start = text.lastIndexOf('\n', start - 2) + 1
  }
  return Math.max(start, first)
}

/** Neither a comment nor the argument of another command, such as `echo`. */
function isCommandPosition(before: string): boolean {
  if (/^\s*#/.test(before)) return false
  const own = before.split(/&&|\|\||[;|(`]|\bthen\b|\bdo\b|\belse\b|\bif\b/).at(-1)!
  const bare = own.replace(/\\[ \t]*\r?\n/g, ' ').trim()
  return bare
    .split(/\s+/)
    .every((word) =>
      /^(|[-@+!]*(\w+=\S*)?|-\w+|["']|:?=|sudo|time|exec|command|env|run|run:|script:|[\w-]+:|"[\w:.-]+":|"?\S*:"?)$/.test(
        word,
      ),
    )
}

const WITH_VALUE = new Set(
  `-f --file -t --tag --target --build-arg --platform --label --network --cache-from --cache-to --output -o --secret --ssh
  --progress --iidfile --add-host --shm-size --memory -m --memory-swap --cpus --cpuset-cpus --cpu-shares -c --ulimit
  --build-context --builder --isolation --security-opt --allow --annotation --attest --metadata-file --provenance --sbom
  --cgroup-parent --no-cache-filter --layers --volume -v --format --authfile --arch --os --jobs --from`.split(/\s+/),
)

function commandOf(words: readonly string[]): Omit<BuildCommand, 'range' | 'folder'> {
  const options: [name: string, value: string][] = []
  const positional: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const [, name, value] = /^(--?[\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) positional.push(word)
    else if (value !== undefined) options.push([name, value])
    else if (WITH_VALUE.has(name)) options.push([name, words[++i] ?? ''])
  }
  const all = (...names: readonly string[]) =>
    options.filter(([name]) => names.includes(name)).map(([, value]) => value)
  const file = all('-f', '--file').at(-1)
  const target = all('--target').at(-1)
  const context = positional.find((word) => !/^\$[({]?\w+[)}]?$/.test(word))
  return {
    tags: all('-t', '--tag'),
    args: all('--build-arg'),
    ...(file && { file }),
    ...(target && { target }),
    ...(context && { context }),
  }
}

/** A space, a line that goes on, a piece in quotes, a variable or `$(…)`, any other character of a word. */
const PIECE =
  /([ \t]+|\\[ \t]*\r?\n)|"([^"\n]{0,999})"|'([^'\n]{0,999})'|(\$\([^)\n]{0,999}\)|\$\{[^}\n]{0,999}\})|\\?([^\s"'\\;|&()<>`])/y

/** The words up to the end of the command, without their quotes. */
function wordsFrom(text: string, from: number): { words: readonly string[]; end: number } {
  const words: string[] = []
  let word: string | undefined
  let end = from
  PIECE.lastIndex = from
  for (let piece = PIECE.exec(text); piece; piece = PIECE.exec(text)) {
    const [, space, double, single, expansion, other] = piece
    if (space !== undefined) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    if (other === '#' && word === undefined) break
    word = (word ?? '') + (double ?? single ?? expansion ?? other ?? '')
    end = PIECE.lastIndex
  }
  if (word !== undefined) words.push(word)
  return { words, end }
}

function assignmentsIn(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*[:?]?=[ \t]*["']?([^"'$`\s#;&|()]+)["']?[ \t]*\r?$/gm,
  )) {
    values.set(name, value)
  }
  return values
}

/** The current folder under its usual names is `.`; a name that leads nowhere known is kept. */
function replaceVariables(word: string, variables: ReadonlyMap<string, string>): string {
  return word.replace(
    /\$(?:\{(\w+)(?::?-([^}]*))?\}|\((\w+)\)|(\w+)|\((?:shell )?pwd\))/g,
    (written, braced, otherwise, made, bare) => {
      const name = braced ?? made ?? bare
      if (name === undefined || /^(PWD|CURDIR|GITHUB_WORKSPACE|CI_PROJECT_DIR)$/.test(name)) return '.'
      return variables.get(name) ?? otherwise ?? written
    },
  )
}

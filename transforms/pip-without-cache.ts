import {
  addWords,
  at,
  type Dockerfile,
  defineTransform,
  type Instruction,
  imageOf,
  isEditable,
  mountsOf,
  optionOf,
  type PackageCommand,
  packageCommandsOf,
  type Stage,
  wordsAbout,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'pip-without-cache',
  title: 'Install Python packages without keeping the downloads',
  severity: 'low',
  references: ['DL3042', 'KICS: Pip install Keeping Cached Packages'],
  on: 'dockerfile',
  doc: `
pip keeps what it downloads and builds below \`~/.cache/pip\`, so that the next installation need not do it again. In an
image there is no next installation: the copies stay in the layer and make it larger. \`--no-cache-dir\` keeps none.

Keeps quiet where nothing stays in the layer: \`PIP_NO_CACHE_DIR\` is set, to whatever value; a cache mount holds the
cache; the same \`RUN\` removes it. And where somebody has decided where the cache goes: \`--cache-dir\`,
\`PIP_CACHE_DIR\`, a \`pip.conf\` that is copied. \`uv\` is another tool.

## Safety

Safe: the same packages are installed. A \`RUN\` that installs the same thing twice downloads it twice.
`,
  *run(document) {
    for (const run of document.instructions) {
      const installs = packageCommandsOf(document, run).filter(
        (command) => command.manager === 'pip' && command.verb === 'install' && !saysItself(command),
      )
      const [first] = installs
      if (!first || !isEditable(document, run) || isHandled(document, run)) continue
      yield {
        at: at(document, first.command),
        subject: `pip:${wordsAbout(installs)}`,
        message: 'pip leaves what it has downloaded in the image',
        fixes: [
          {
            title: 'Install with --no-cache-dir',
            applicability: 'safe',
            edits: installs.map(({ verbWord }) => addWords(document, verbWord, '--no-cache-dir')),
          },
        ],
      }
    }
  },
})

const SETTINGS = /^PIP_(?:NO_)?CACHE_DIR\b/

function saysItself(command: PackageCommand): boolean {
  return (
    optionOf(command, '--no-cache-dir', '--no-cache', '--cache-dir', '-h', '--help') !== undefined ||
    command.command.assigned.some(({ name }) => SETTINGS.test(name)) ||
    command.prefix.some(({ value }) => SETTINGS.test(value))
  )
}

/** Whether something else keeps the cache out of the image: a mount, this RUN, or a setting made before it. */
function isHandled(document: Dockerfile, run: Instruction): boolean {
  if (mountsOf(document, run).some(({ type, target }) => type !== 'bind' && MAY_HOLD_CACHE.test(target ?? '/')))
    return true
  const words = document.shell(run).commands.flatMap((command) => command.words)
  if (words.some(({ value }) => REMOVED.test(value) || SETTINGS.test(value))) return true
  if (packageCommandsOf(document, run).some(({ verb, args }) => verb === 'cache' && args[0]?.value === 'purge'))
    return true
  const first = settingOf(document, document.stages[run.stage]!)
  return first !== undefined && first.index <= run.index
}

const settings = new WeakMap<Stage, { readonly first: Instruction | undefined }>()

/** The first instruction of a stage, or of those below it, that sets where the cache is or that there is none. */
function settingOf(document: Dockerfile, stage: Stage): Instruction | undefined {
  const known = settings.get(stage) ?? {
    first: imageOf(document, stage).instructions.find((each) => setsIt(document, each)),
  }
  settings.set(stage, known)
  return known.first
}

/** Folders that are, hold or lie in the cache of pip; a mount without a known place may be one. */
const MAY_HOLD_CACHE = /pip|\.cache\/?$|^\/root\/?$|^\/home\/[^/]+\/?$|^\/$/

/** What removes the cache when `rm` or `find` is told it. */
const REMOVED = /(?:^|\/)\.cache(?:\/pip)?(?:\/?\*?)?$|^\/root\/\*$/

function setsIt(document: Dockerfile, { keyword, words, start, end }: Instruction): boolean {
  if (keyword === 'ENV' || keyword === 'ARG') return words.some(({ value }) => SETTINGS.test(value))
  if (keyword === 'COPY' || keyword === 'ADD') return words.some(({ value }) => /(?:^|\/)pip\.conf$/.test(value))
  return keyword === 'RUN' && /\bpip3?\s+config\b[^\n]*cache|pip\.conf/.test(document.file.text.slice(start, end))
}

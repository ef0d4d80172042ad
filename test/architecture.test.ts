import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { ts } from 'ts-morph'
import { describe, expect, it } from 'vitest'
import { casesIn } from '../src/testing.js'
import { transforms } from '../transforms/index.js'

const root = join(import.meta.dirname, '..')

/**
 * Who may import whom. A name stands for a file or for all of a folder, and of the lines that fit the longest counts.
 * What has no line may not exist.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/model': [],
  'src/text': ['src/model'],
  'src/escape': [],
  'src/project': ['src/model', 'src/text'],
  'src/edits': ['src/model', 'src/text'],
  'src/documents': ['src/model', 'src/documents', 'src/text'],
  'src/documents/dockerfile': [
    'src/model',
    'src/text',
    'src/documents/here-documents',
    'src/documents/shell',
    'dockerfile-ast',
  ],
  'src/documents/shell': ['src/model', 'unbash'],
  'src/documents/python': [
    'src/model',
    'src/text',
    'src/documents/python-expression',
    '@lezer/common',
    '@lezer/python',
  ],
  // The compiler's own reader, through which ts-morph is the door.
  'src/documents/next-config': ['src/model', 'src/text', 'ts-morph'],
  'src/documents/yaml': ['src/model', 'src/text', 'src/documents/yaml-tree', 'src/documents/yaml-depth', 'yaml'],
  'src/facts': ['src/model', 'src/facts'],
  // node:path for `posix.join` and the like: paths inside images.
  'src/relations': ['src/model', 'src/relations', 'src/text', 'src/documents', 'src/facts', 'node:path'],
  'src/repairs': ['src/model', 'src/repairs', 'src/edits', 'src/text', 'src/documents', 'src/relations', 'src/facts'],
  'src/engine': ['src/model', 'src/engine', 'src/text', 'src/project', 'src/documents', 'src/relations', 'node:crypto'],
  // git's object names and line diffs, and nothing of the documents.
  'src/engine/patch': ['src/model', 'src/project', 'node:crypto', 'diff'],
  // What planning wants to know from outside: registries, credentials that Docker keeps, the engine of this machine.
  'src/sources': [
    'src/model',
    'src/sources',
    'src/facts',
    'node:child_process',
    'node:crypto',
    'node:fs',
    'node:os',
    'node:path',
    'node:timers/promises',
  ],
  'src/sdk': ['src/model', 'src/edits', 'src/documents', 'src/relations', 'src/repairs', 'src/facts'],
  transforms: ['src/sdk'],
  'transforms/index': ['src/model', 'transforms'],
  'src/disk': [
    'src/model',
    'src/disk',
    'src/project',
    'src/text',
    'node:buffer',
    'node:crypto',
    'node:fs',
    'node:os',
    'node:path',
    'node:timers/promises',
  ],
  // A plug-in is checked against the kinds of documents there are, hence documents/index.
  'src/load': [
    'src/model',
    'src/load',
    'src/disk',
    'src/engine/find',
    'src/documents/index',
    // A stranger's configuration is YAML too, and bounded in the same way before it is parsed.
    'src/documents/yaml-depth',
    'node:module',
    'node:os',
    'node:path',
    'node:url',
    'valibot',
    'yaml',
  ],
  // What a person answers, as values: it knows neither keys nor screens. valibot reads what was kept of another run.
  'src/review': [
    'src/model',
    'src/review',
    'src/text',
    'src/project',
    'src/documents/index',
    'src/engine/apply',
    'src/engine/find',
    'node:crypto',
    'valibot',
  ],
  // The ladder of proofs: an engine's command line, the contexts it builds from, and what comes out of it.
  'src/verify': [
    'src/model',
    'src/verify',
    'src/documents/index',
    'src/relations/containers',
    'src/relations/ownership',
    'src/engine/apply',
    'src/disk/encoding',
    'node:child_process',
    'node:crypto',
    'node:fs',
    'node:http',
    'node:net',
    'node:os',
    'node:path',
    'node:stream',
    'node:timers/promises',
    'tar-stream',
  ],
  // What was held against what: values only.
  'src/verify/compare': ['src/verify'],
  'src/verify/mask': ['src/facts/secret-names'],
  'src/verify/elf': [],
  // Many repositories: what is planned, reviewed and published. It knows no person.
  'src/campaign': ['src/model', 'src/campaign', 'src/escape'],
  // A commit is listed and read in memory, and planned by what plans a folder.
  'src/campaign/plan': ['src/model', 'src/campaign/model', 'src/campaign/inert', 'src/campaign/plan'],
  'src/campaign/plan/tree': [
    'src/model',
    'src/campaign/git/place',
    'src/campaign/model',
    'src/campaign/repository',
    'src/disk/listing',
  ],
  'src/campaign/plan/contents': [
    'src/model',
    'src/campaign/repository',
    'src/campaign/plan/tree',
    'src/disk/encoding',
    'src/disk/listing',
  ],
  'src/campaign/plan/survey': [
    'src/model',
    'src/campaign/repository',
    'src/campaign/plan',
    'src/disk/encoding',
    'src/documents/index',
    'src/load',
  ],
  'src/campaign/plan/inputs': [
    'src/model',
    'src/campaign/model',
    'src/campaign/repository',
    'src/documents/index',
    'src/load',
    'node:crypto',
  ],
  'src/campaign/plan/fetched': ['src/model', 'src/project', 'src/campaign/plan'],
  'src/campaign/plan/chosen': ['src/model', 'src/campaign/model', 'src/load'],
  'src/campaign/plan/grouping': ['src/model', 'src/campaign/model', 'src/engine'],
  'src/campaign/plan/job': [
    'src/model',
    'src/campaign/model',
    'src/campaign/repository',
    'src/campaign/plan',
    'src/engine/patch',
  ],
  'src/campaign/plan/steps': [
    'src/model',
    'src/campaign/model',
    'src/campaign/plan/job',
    'src/disk/encoding',
    'src/engine',
    'src/project',
    'src/text',
  ],
  // What a planner does in a process of its own; it reaches neither git nor a forge.
  'src/campaign/plan/work': [
    'src/model',
    'src/campaign/model',
    'src/campaign/plan',
    'src/documents/index',
    'src/engine',
    'src/load',
    'src/project',
    'src/text',
    'transforms/index',
  ],
  'src/campaign/plan/process': ['src/campaign/plan'],
  // With --verify alone: a commit as files of ours, and what a build and a start say of its pull requests.
  'src/campaign/plan/lay-out': [
    'src/campaign/model',
    'src/campaign/repository',
    'src/disk/listing',
    'node:fs',
    'node:path',
  ],
  'src/campaign/plan/proof': [
    'src/model',
    'src/campaign',
    'src/engine/plan',
    'src/verify/evidence',
    'src/verify/prove-plan',
    'src/verify/verify',
    'node:fs',
    'node:path',
  ],
  'src/campaign/plan/pool': ['src/campaign/plan/job', 'node:child_process', 'node:fs', 'node:path', 'node:url'],
  'src/campaign/plan/places': [
    'src/model',
    'src/campaign/model',
    'src/campaign/repository',
    'src/campaign/plan',
    'src/disk/listing',
  ],
  'src/campaign/plan/codeowners': ['src/model', 'src/campaign/model', 'src/disk/ignore'],
  'src/campaign/plan/template': [],
  'src/campaign/plan/words': [
    'src/model',
    'src/campaign/model',
    'src/campaign/inert',
    'src/campaign/plan/template',
    'src/documents/index',
    'transforms/index',
  ],
  'src/campaign/plan/repository': [
    'src/model',
    'src/campaign/canonical',
    'src/campaign/model',
    'src/campaign/repository',
    'src/campaign/plan',
    'src/disk/encoding',
    'src/load',
  ],
  'src/campaign/queue': ['src/model', 'src/campaign', 'bullmq', 'node:crypto', 'node:events', 'valibot'],
  // What is written down of publishing: for this campaign, and for all that use the same token.
  'src/campaign/publish/journal': [
    'src/campaign',
    'src/disk/error',
    'src/disk/lock',
    'node:crypto',
    'node:fs',
    'node:path',
    'node:util',
    'valibot',
  ],
  'src/campaign/publish/limit-store': [
    'src/campaign/publish/limiter',
    'src/disk/error',
    'src/disk/lock',
    'node:crypto',
    'node:fs',
    'node:path',
    'node:timers/promises',
    'valibot',
  ],
  // Our own patches, read back; and git's object names.
  'src/campaign/publish/patch': ['src/model', 'src/engine/patch'],
  'src/campaign/publish/build': ['src/model', 'src/campaign', 'src/engine/patch'],
  // Campaign files are read as configuration is.
  'src/campaign/settings': [
    'src/model',
    'src/campaign',
    'src/disk/text',
    'src/load/check',
    'src/load/error',
    'src/load/parse',
    'node:path',
    'valibot',
  ],
  'src/campaign/address': ['src/campaign', 'src/disk/root', 'node:crypto', 'node:fs', 'node:path'],
  'src/campaign/access': ['src/campaign', 'src/sources/web'],
  'src/campaign/select': ['src/campaign', 'src/disk/ignore'],
  'src/campaign/canonical': ['src/campaign/model', 'node:crypto'],
  'src/campaign/plan-shape': ['src/campaign', 'src/disk/listing', 'node:path', 'valibot'],
  // Plan folders: written beside their place, read through no link.
  'src/campaign/folder': [
    'src/campaign',
    'src/disk/bytes',
    'src/disk/error',
    'src/disk/lock',
    'node:crypto',
    'node:fs',
    'node:path',
    'node:util',
    'valibot',
  ],
  // The forges' HTTP APIs: one bounded request at a time, and a reader for every answer.
  'src/campaign/forges': [
    'src/campaign/model',
    'src/campaign/forge',
    'src/campaign/forges',
    'src/sources/web',
    'node:timers/promises',
    'valibot',
  ],
  // git's own name for a folder.
  'src/campaign/forges/tree-id': ['src/campaign/model', 'node:crypto'],
  // A review knows neither keys nor screens, and many projects are reviewed as one.
  'src/campaign/joint': ['src/model', 'src/project', 'src/review/question', 'node:crypto'],
  // A person in place of a planner: what they agree to becomes a plan by the same functions.
  'src/campaign/review': [
    'src/model',
    'src/campaign',
    'src/engine',
    'src/load',
    'src/project',
    'src/review',
    'valibot',
  ],
  'src/campaign/review/kept': ['src/disk/bytes', 'src/disk/error', 'node:crypto', 'node:fs', 'node:path'],
  // git as a child process, in a folder that is taken away again.
  'src/campaign/git': ['src/model', 'src/campaign/git', 'src/campaign/model', 'src/campaign/repository'],
  'src/campaign/git/processes': ['node:child_process', 'node:fs', 'node:path'],
  'src/campaign/git/run': ['src/campaign/git', 'src/campaign/repository', 'node:path'],
  'src/campaign/git/tree': ['src/campaign/git', 'src/campaign/model', 'src/campaign/repository', 'node:buffer'],
  'src/campaign/git/treeless': [
    'src/campaign/git',
    'src/sources/web',
    'src/campaign/model',
    'src/campaign/repository',
    'node:fs',
    'node:path',
  ],
  'src/campaign/git/local': [
    'src/campaign/git',
    'src/campaign/model',
    'src/campaign/repository',
    'node:fs',
    'node:path',
  ],
  'src/ui': [
    'src/model',
    'src/ui',
    'src/escape',
    // What must not be shown.
    'src/facts/secret-names',
    // The evidence as data.
    'src/verify/evidence',
    'src/text',
    'src/project',
    'src/engine/patch',
    'src/engine/find',
    'src/engine/outcome',
    // A plan of many repositories, as it is read.
    'src/campaign/model',
    'src/campaign/address',
    'inquirer',
    '@inquirer',
    'diff',
    'picocolors',
  ],
  // Pages to review in a browser; a campaign's plan as data. node:crypto for the hashes of its policy.
  'src/ui/page': [
    'src/model',
    'src/ui',
    'src/escape',
    'src/campaign/canonical',
    'src/campaign/model',
    'src/verify/evidence',
    'src/text',
    'src/project',
    'node:crypto',
    'diff',
    'picocolors',
  ],
  // What runs in the browser sees nothing of the rest.
  'src/ui/page/browser': ['src/ui/page/browser'],
  // The review screen: @inquirer/core takes keys, node:readline takes lines.
  'src/ui/review': [
    'src/model',
    'src/ui',
    'src/escape',
    'src/text',
    'src/project',
    'src/review',
    '@inquirer/core',
    'node:readline',
    'picocolors',
  ],
  'src/cli': ['src', 'transforms', 'package.json', 'commander', 'node:fs', 'node:path'],
  // A run of its own.
  'src/cli/campaign/queue': ['src', 'node:crypto'],
  // How many cores there are.
  'src/cli/campaign/plan': ['src', 'node:os'],
  'src/cli/campaign/planning': ['src', 'node:os'],
  'src/cli/campaign/refresh': ['src', 'node:os'],
  // Waiting for the limits.
  'src/cli/campaign/reaching': ['src', 'node:timers/promises'],
  // Where what is fetched lies for a while.
  'src/cli/campaign/scratch': ['node:fs', 'node:os', 'node:path'],
  // A folder outside the project, where contexts are laid out.
  'src/cli/prove': ['src', 'node:fs', 'node:os', 'node:path'],
  // The person's own editor and pager, on copies in a folder of their own.
  'src/cli/editor': ['src/model', 'src/documents/index', 'node:child_process', 'node:fs', 'node:os', 'node:path'],
  // The library: what a caller needs to read, plan and look, and nothing that writes.
  'src/index': ['src/model', 'src/disk', 'src/documents/index', 'src/engine/patch', 'src/engine/plan', 'transforms'],
  'src/testing': [
    'src/model',
    'src/text',
    'src/project',
    'src/documents/index',
    'src/engine/plan',
    'src/disk',
    'node:fs',
    'node:path',
    // Read apart from our own lens, which might be wrong in the same way as the edit.
    'yaml',
  ],
  bin: ['dist/cli', 'node:module'],
}

/**
 * Who may write to the file system: disk; the case author's tool; `init`, which makes a new file of its own; the job
 * summary, a file that GitHub keeps outside the project; the copies that a person's editor works on; the folders outside
 * every project where proofs are built and campaigns fetch; the plan folders of campaigns, what is kept beside them of
 * reviewing and publishing, and the limits that all requests share.
 */
const WRITERS = [
  'disk/\\w+',
  'testing',
  'cli/(init|output|editor|prove|campaign/scratch)',
  'verify/lay',
  'campaign/folder',
  'campaign/plan/(lay-out|proof)',
  'campaign/review/kept',
  'campaign/git/(treeless|local)',
  'campaign/publish/(journal|limit-store)',
]
const MAY_WRITE = new RegExp(`^src/(${WRITERS.join('|')})\\.ts$`)

/** What holds programs as text, for the interpreters of other people's images. */
const PROGRAM_TEXT = /^src\/(repairs\/probes|facts\/services)\.ts$/

const files = ['src', 'transforms', 'bin', 'test', 'scripts', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.[tj]s$/.test(file)),
)
const sources = files.filter((file) => /^(src|transforms|bin)\//.test(file))
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
const isIn = (name: string, file: string) => file === name || file.startsWith(`${name}/`)
const withoutEnding = (file: string) => file.replace(/\.[tj]s$/, '')

/** Everything a file imports, types and `import()` included, as a path from the root or a package's name. */
function importsOf(file: string): readonly string[] {
  const from = posix.dirname(file)
  return ts.preProcessFile(textOf(file), true, true).importedFiles.map(({ fileName }) => {
    return fileName.startsWith('.') ? posix.join(from, fileName).replace(/\.js$/, '') : fileName
  })
}

/** Those of the imports that the file's line of the table does not have; `undefined` if the file has no line. */
function forbidden(file: string, imports: readonly string[]): readonly string[] | undefined {
  const [line] = Object.keys(MAY_IMPORT)
    .filter((name) => isIn(name, file))
    .sort((a, b) => b.length - a.length)
  return line === undefined
    ? undefined
    : imports.filter((name) => !MAY_IMPORT[line]!.some((allowed) => isIn(allowed, name)))
}

describe('the architecture', () => {
  it.each(sources)('%s imports only what its line of the table allows', (file) => {
    expect(forbidden(withoutEnding(file), importsOf(file))).toEqual([])
  })

  it('would notice an import that crosses a line', () => {
    expect(importsOf('src/cli/fix.ts')).toContain('src/ui/ask')
    expect(forbidden('transforms/non-root-user', ['src/engine/plan', 'transforms/other', 'node:fs'])).toHaveLength(3)
    expect(forbidden('src/documents/compose', ['yaml', 'src/documents/yaml'])).toEqual(['yaml'])
  })

  it('has no line in its table for what is gone', () => {
    expect(Object.keys(MAY_IMPORT).filter((name) => !sources.some((file) => isIn(name, withoutEnding(file))))).toEqual(
      [],
    )
  })

  it('loads modules by a computed name for plug-ins alone', () => {
    const computed = sources.filter(
      (file) => !PROGRAM_TEXT.test(file) && /\bimport\((?!\s*')|\brequire\(/.test(textOf(file)),
    )
    expect(computed).toEqual(['src/load/plugin.ts'])
  })

  it('writes to the file system only where it may', () => {
    const writes =
      /\b(write|writeFile|appendFile|copyFile|rename|rm|rmdir|unlink|mkdir|chmod|truncate|link|symlink)(Sync)?\(/
    const writers = sources.filter(
      (file) => importsOf(file).some((name) => isIn('node:fs', name)) && writes.test(textOf(file)),
    )
    expect(writers.length).toBeGreaterThan(3)
    expect(writers.filter((file) => !MAY_WRITE.test(file))).toEqual([])
  })

  it('plans without a clock, an environment, chance or a network', () => {
    const planning = /^(transforms|src\/(documents|facts|relations|repairs|engine|model|text|project|edits|sdk))\b/
    const outside = /(?<!-)\b(process\.|Date\.now|new Date\b|Math\.random|(?<!\.)fetch\(|globalThis)/
    const strays = sources.filter(
      (file) => planning.test(file) && !PROGRAM_TEXT.test(file) && outside.test(textOf(file)),
    )
    expect(strays).toEqual([])
  })

  it('names no file or folder for what it has no name for', () => {
    const nameless = /^(utils?|helpers?|common|managers?|base)$/i
    expect(
      files.filter((file) =>
        file
          .replace(/\.[tj]s$/, '')
          .split('/')
          .some((part) => nameless.test(part)),
      ),
    ).toEqual([])
  })
})

describe.each(transforms)('the transform $id', ({ id, doc }) => {
  it('is the file of its name, and says how safe it is', () => {
    expect(existsSync(join(root, 'transforms', `${id}.ts`))).toBe(true)
    expect(textOf(`transforms/${id}.ts`)).toContain(`id: '${id}'`)
    expect(doc).toMatch(/^## Safety\n+\S/m)
  })

  it('has at least 10 cases, a third of them such that nothing may change', () => {
    const cases = casesIn(join(root, 'snapshots', id))
    const quiet = cases.filter((folder) => !existsSync(join(folder, 'after')))
    expect(cases.length).toBeGreaterThanOrEqual(10)
    expect(quiet.length * 3).toBeGreaterThanOrEqual(cases.length)
    expect(cases.map((folder) => basename(folder))).toContain('basic')
  })
})

it('every file among the transforms is one of the list', () => {
  const ids = transforms.map(({ id }) => `transforms/${id}.ts`)
  expect(sources.filter((file) => isIn('transforms', file) && file !== 'transforms/index.ts')).toEqual(ids.sort())
})

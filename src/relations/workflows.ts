import { documentOf } from '../documents/index.js'
import {
  entriesOf,
  entryOf,
  itemsOf,
  nodeAt,
  textOfNode,
  type YamlEntry,
  type YamlNode,
} from '../documents/yaml-tree.js'
import type { Location, Path, SourceFile } from '../model.js'
import { buildCommands } from './command-lines.js'
import { followBuild, joinUses, noUses, type Uses } from './consumer.js'
import { folderOf, resolvePath, type Scope } from './paths.js'
import { usesByCommand } from './scripts.js'

/** What `${{ … }}` stands for, by the name inside. */
type Expressions = ReadonlyMap<string, string>

/** What the steps of a job share. */
interface Job {
  readonly path: Path
  readonly known: Expressions
  /** The folder its scripts start in. */
  readonly folder: Path
  /** Folders that only exist once the repository is checked out into them. */
  readonly checkouts: readonly string[]
}

/** The Dockerfiles that a workflow of GitHub, or the steps of an action, build. */
export function usesByWorkflow(scope: Scope, file: SourceFile): Uses {
  const root = rootOf(file)
  const jobs = entriesOf(nodeAt(root, 'jobs')).map(({ value }) => value)
  const ofJobs = jobs.flatMap((job) =>
    combinations(nodeAt(job, 'strategy', 'matrix')).map((matrix) =>
      usesBySteps(scope, file.path, [root, job], nodeAt(job, 'steps'), matrix),
    ),
  )
  return joinUses([...ofJobs, usesBySteps(scope, file.path, [root], nodeAt(root, 'runs', 'steps'), new Map())])
}

/** The Dockerfile that an action runs in, where GitHub's own files belong to root. */
export function usesByAction(scope: Scope, file: SourceFile): Uses {
  const runs = nodeAt(rootOf(file), 'runs')
  const image = entryOf(runs, 'image')
  const name = textOfNode(image?.value)
  if (!image || !name || name.startsWith('docker://') || textOfNode(nodeAt(runs, 'using'))?.toLowerCase() !== 'docker')
    return noUses
  const at = { path: file.path, ...image.value.range }
  const commands = ['entrypoint', 'args'].flatMap((key) =>
    itemsOf(entryOf(runs, key)).flatMap(({ value }) => {
      const text = textOfNode(value)
      return text === undefined ? [] : [{ value: text, at: { path: file.path, ...value.range } }]
    }),
  )
  const dockerfileFrom = folderOf(file.path)
  const dockerfile = resolvePath(dockerfileFrom, name)
  const context = dockerfile === undefined ? '.' : `./${folderOf(dockerfile)}`
  return followBuild(scope, { by: 'github-action', at, context, from: '.', dockerfile: name, dockerfileFrom, commands })
}

function rootOf(file: SourceFile): YamlNode | undefined {
  return documentOf(file, 'yaml')?.roots[0]
}

function usesBySteps(
  scope: Scope,
  path: Path,
  around: readonly (YamlNode | undefined)[],
  steps: YamlNode | undefined,
  matrix: Expressions,
): Uses {
  if (steps?.kind !== 'list') return noUses
  const nodes = steps.items.map(({ value }) => value)
  const given = new Map([...around.flatMap(envOf), ...matrix])
  const known = new Map([...given, ...nodes.flatMap((step) => tagsOf(step, given))])
  const folder = around.flatMap((node) => textOfNode(nodeAt(node, 'defaults', 'run', 'working-directory')) ?? []).at(-1)
  const job: Job = {
    path,
    known,
    folder: resolvePath('.', express(folder ?? '.', known)) ?? '.',
    checkouts: nodes.flatMap((step) => checkoutOf(scope, step)),
  }
  return joinUses(
    nodes.map((step) => {
      const own = { ...job, known: new Map([...known, ...envOf(step)]) }
      return joinUses([usesByBuildPush(scope, step, own), usesByRun(scope, step, own)])
    }),
  )
}

/** The names that `docker/metadata-action` makes tags for, under the expression that later steps use. */
function tagsOf(step: YamlNode, known: Expressions): readonly [string, string][] {
  const id = textOfNode(nodeAt(step, 'id'))
  const images = textOfNode(nodeAt(step, 'with', 'images'))
  const makesTags = textOfNode(nodeAt(step, 'uses'))?.startsWith('docker/metadata-action')
  return id && images && makesTags ? [[`steps.${id}.outputs.tags`, express(images, known)]] : []
}

/** A folder that the repository is checked out into, if the repository itself has none of that name. */
function checkoutOf(scope: Scope, step: YamlNode): readonly string[] {
  const folder = textOfNode(nodeAt(step, 'with', 'path'))?.replace(/^\.\/|\/$/g, '')
  if (!folder || !textOfNode(nodeAt(step, 'uses'))?.startsWith('actions/checkout')) return []
  return scope.project.paths.some((path) => path.startsWith(`${folder}/`)) ? [] : [folder]
}

function insideCheckout(path: string, checkouts: readonly string[]): string {
  const bare = path.replace(/^\.\//, '')
  const folder = checkouts.find((each) => bare === each || bare.startsWith(`${each}/`))
  return folder === undefined ? path : `.${bare.slice(folder.length)}`
}

function usesByBuildPush(scope: Scope, step: YamlNode, { path, known, checkouts }: Job): Uses {
  const uses = entryOf(step, 'uses')
  if (!uses || !textOfNode(uses.value)?.startsWith('docker/build-push-action')) return noUses
  const input = (name: string) => {
    const text = textOfNode(nodeAt(step, 'with', name))
    return text === undefined ? undefined : express(text, known).trim()
  }
  const at: Location = { path, ...(entryOf(nodeAt(step, 'with'), 'file') ?? uses).value.range }
  const file = input('file')
  const target = input('target')
  // The context of Git itself; a folder in it stands behind a colon.
  const context = (input('context') || '.').replace(/^\{\{ *defaultContext *\}\}:?/, './')
  return followBuild(scope, {
    by: 'workflow',
    at,
    context: insideCheckout(context, checkouts),
    from: '.',
    ...(file && { dockerfile: insideCheckout(file, checkouts), dockerfileFrom: '.' }),
    ...(target && { target }),
    images: lines(input('tags')).filter((tag) => !/^\$\{\{[^}]*\}\}$/.test(tag)),
    args: lines(input('build-args')).map((line) => {
      const [name = '', ...value] = line.split('=')
      return { name, value: value.join('='), at }
    }),
  })
}

function lines(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\n,]/).flatMap((line) => line.trim() || [])
}

function usesByRun(scope: Scope, step: YamlNode, { path, known, folder, checkouts }: Job): Uses {
  const run = entryOf(step, 'run')?.value
  const script = textOfNode(run)
  if (!run || script === undefined) return noUses
  const own = textOfNode(nodeAt(step, 'working-directory'))
  const start = own === undefined ? folder : resolvePath('.', insideCheckout(express(own, known), checkouts))
  const environment = [...known].flatMap(([name, value]): [string, string][] =>
    name.startsWith('env.') ? [[name.slice(4), value]] : [],
  )
  // Folding and expressions shift offsets: the step's script is what a person can look at.
  const at = { path, ...run.range }
  return joinUses(
    buildCommands(express(script, known), environment).map((command) =>
      usesByCommand(scope, command, 'workflow', at, start === undefined ? ['.'] : [start, '.']),
    ),
  )
}

function envOf(node: YamlNode | undefined): readonly [string, string][] {
  return entriesOf(nodeAt(node, 'env')).flatMap(({ key, value }) => {
    const text = textOfNode(value)
    return text === undefined || text.includes('${{') ? [] : [[`env.${key}`, text]]
  })
}

function express(text: string, known: Expressions): string {
  return text.replace(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (written, name: string) =>
    name === 'github.workspace' ? '.' : (known.get(name) ?? written),
  )
}

/** A matrix with more jobs builds nothing new in the later ones. */
const COMBINATION_LIMIT = 64

/** The values of every job that a matrix makes; one empty set where there is none. */
function combinations(matrix: YamlNode | undefined): readonly Expressions[] {
  let jobs: Expressions[] = [new Map()]
  for (const axis of entriesOf(matrix)) {
    if (axis.key === 'include' || axis.key === 'exclude' || axis.value.kind !== 'list') continue
    const values = axis.value.items.map(({ value }) => flattened(`matrix.${axis.key}`, value))
    if (values.length === 0) continue
    jobs = jobs.flatMap((job) => values.map((value) => new Map([...job, ...value]))).slice(0, COMBINATION_LIMIT)
  }
  const hasAxes = jobs.some((job) => job.size > 0)
  const extra: Expressions[] = []
  for (const { value } of itemsOf(entryOf(matrix, 'include')).slice(0, COMBINATION_LIMIT)) {
    const added = new Map(entriesOf(value).flatMap((entry: YamlEntry) => flattened(`matrix.${entry.key}`, entry.value)))
    const fits = (job: Expressions) => [...added].every(([name, text]) => (job.get(name) ?? text) === text)
    if (hasAxes && jobs.some(fits)) jobs = jobs.map((job) => (fits(job) ? new Map([...job, ...added]) : job))
    else extra.push(added)
  }
  return hasAxes ? [...jobs, ...extra] : extra.length > 0 ? extra : jobs
}

function flattened(name: string, node: YamlNode): readonly [string, string][] {
  const text = textOfNode(node)
  if (text !== undefined) return [[name, text]]
  return entriesOf(node).flatMap((entry) => flattened(`${name}.${entry.key}`, entry.value))
}

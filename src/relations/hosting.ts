import type { Mount, Value } from '../documents/compose.js'
import { documentOf } from '../documents/index.js'
import { entriesOf, entryOf, itemsOf, nodeAt, textOfNode, type YamlNode } from '../documents/yaml-tree.js'
import type { Location, SourceFile } from '../model.js'
import { besideFile, followBuild, joinUses, noUses, type Uses } from './consumer.js'
import { folderOf, resolvePath, type Scope } from './paths.js'

interface TomlLine {
  readonly table: string
  readonly key: string
  readonly value: string
  readonly at: Location
}

/** The assignments of a TOML file that stand on one line, with the table they belong to. */
function tomlLines(file: SourceFile): readonly TomlLine[] {
  const lines: TomlLine[] = []
  let table = ''
  for (const match of file.text.matchAll(/^[ \t]*(?:\[\[?([^\]\n]+)\]|([\w."'-]+)[ \t]*=[ \t]*([^\n]*))/gm)) {
    const [whole, header, key, rest = ''] = match
    if (header !== undefined) table = header.replace(/["'\s]/g, '')
    if (key === undefined) continue
    const start = match.index + whole.search(/\S/)
    const value = /^"((?:[^"\\]|\\.)*)"|^'([^']*)'|^([^#\r]*)/.exec(rest) ?? []
    lines.push({
      table,
      key: key.replace(/["']/g, ''),
      value: (value[1] ?? value[2] ?? value[3] ?? '').trim(),
      at: { path: file.path, start, end: match.index + whole.trimEnd().length },
    })
  }
  return lines
}

/** Fly builds the Dockerfile beside its configuration, unless that names another, an image or buildpacks. */
export function usesByFly(scope: Scope, file: SourceFile): Uses {
  const lines = tomlLines(file)
  const find = (table: string, key: string) => lines.find((line) => line.table === table && line.key === key)
  if (!find('', 'app') && !lines.some(({ table }) => /^(build|http_service|services|mounts|deploy)$/.test(table)))
    return noUses
  const dockerfile = find('build', 'dockerfile') ?? find('', 'build.dockerfile')
  const image = find('build', 'image')
  const at = (dockerfile ?? image ?? find('', 'app'))?.at ?? { path: file.path, start: 0, end: 0 }
  const run = {
    by: 'fly',
    at,
    mounts: lines
      .filter(({ table, key }) => table === 'mounts' && key === 'destination')
      .map((line) => mountOf(line, lines)),
    commands: lines.filter(({ table }) => table === 'processes').map(({ value, at }) => ({ value, at })),
  } as const
  if (!dockerfile && image) return { ...noUses, reuses: [{ ...run, image: image.value }] }
  if (!dockerfile && ['builder', 'buildpacks', 'builtin'].some((key) => find('build', key))) return noUses
  const target = (find('build', 'build-target') ?? find('build', 'target'))?.value
  const uses = followBuild(scope, {
    ...besideFile(file.path, dockerfile?.value),
    ...run,
    ...(target && { target }),
  })
  return dockerfile ? uses : existing(scope, uses)
}

function mountOf(line: TomlLine, lines: readonly TomlLine[]): Mount {
  const source = lines.find(({ table, key }) => table === 'mounts' && key === 'source')?.value
  return volume(line.value, line.at, source)
}

function volume(target: string, at: Location, source?: string): Mount {
  return { type: 'volume', target, readOnly: false, at, ...(source && { source }) }
}

/** Only what names no Dockerfile itself: without one, another way of building is meant. */
function existing(scope: Scope, uses: Uses): Uses {
  return { ...uses, consumers: uses.consumers.filter(({ dockerfile }) => scope.exists(dockerfile)) }
}

/** The web and worker processes that `heroku.yml` builds, each from a Dockerfile whose folder is its context. */
export function usesByHeroku(scope: Scope, file: SourceFile): Uses {
  const root = rootOf(file)
  return joinUses(
    entriesOf(nodeAt(root, 'build', 'docker')).map(({ key, value, keyRange }) => {
      const dockerfile = textOfNode(value) ?? textOfNode(nodeAt(value, 'dockerfile'))
      const target = textOfNode(nodeAt(value, 'target'))
      const path = dockerfile && resolvePath(folderOf(file.path), dockerfile)
      if (!path) return noUses
      const run = nodeAt(root, 'run', key)
      const command = textOfNode(run) ?? textOfNode(itemsOf(entryOf(run, 'command'))[0]?.value)
      const at = { path: file.path, ...keyRange }
      return followBuild(scope, {
        ...besideFile(path, path.slice(path.lastIndexOf('/') + 1)),
        by: 'heroku',
        at,
        ...(target && { target }),
        commands: command ? [{ value: command, at }] : [],
      })
    }),
  )
}

/** The services of a Render blueprint that run from a Dockerfile. */
export function usesByRender(scope: Scope, file: SourceFile): Uses {
  return joinUses(
    itemsOf(entryOf(rootOf(file), 'services')).map(({ value: service }) => {
      const of = (key: string) => textOfNode(nodeAt(service, key))
      if ((of('runtime') ?? of('env')) !== 'docker') return noUses
      const from = of('rootDir') ?? '.'
      const path = entryOf(service, 'dockerfilePath') ?? entryOf(service, 'name') ?? entryOf(service, 'type')
      const at = { path: file.path, ...(path?.value ?? service).range }
      const disk = entryOf(nodeAt(service, 'disk'), 'mountPath')
      const target = textOfNode(disk?.value)
      return followBuild(scope, {
        by: 'render',
        at,
        context: of('dockerContext') ?? '.',
        from: resolvePath('.', from) ?? '.',
        dockerfile: of('dockerfilePath') ?? 'Dockerfile',
        dockerfileFrom: resolvePath('.', from) ?? '.',
        mounts:
          disk && target
            ? [volume(target, { path: file.path, ...disk.value.range }, textOfNode(nodeAt(service, 'disk', 'name')))]
            : [],
        commands: valuesOf(file, nodeAt(service, 'dockerCommand')),
      })
    }),
  )
}

function valuesOf(file: SourceFile, node: YamlNode | undefined): readonly Value[] {
  const text = textOfNode(node)
  return node && text !== undefined ? [{ value: text, at: { path: file.path, ...node.range } }] : []
}

/** A Space of Hugging Face says so at the top of its README, and runs the Dockerfile beside it as user 1000. */
export function usesByHuggingFace(scope: Scope, file: SourceFile): Uses {
  const [front = ''] = /^\uFEFF?---\r?\n[\s\S]{0,4000}?\r?\n---/.exec(file.text) ?? []
  const sdk = /^sdk:[ \t]*["']?docker\b["']?/m.exec(front)
  if (!sdk) return noUses
  const at = { path: file.path, start: sdk.index, end: sdk.index + sdk[0].length }
  return existing(scope, followBuild(scope, { ...besideFile(file.path), by: 'hugging-face', at }))
}

/** The artifacts that Skaffold builds with Docker or Kaniko. */
export function usesBySkaffold(scope: Scope, file: SourceFile): Uses {
  const roots = documentOf(file, 'yaml')?.roots ?? []
  const builds = roots.flatMap((root) => [root, ...itemsOf(entryOf(root, 'profiles')).map(({ value }) => value)])
  return joinUses(
    builds
      .flatMap((build) => itemsOf(entryOf(nodeAt(build, 'build'), 'artifacts')))
      .map(({ value: artifact }) => {
        if (['jib', 'bazel', 'buildpacks', 'ko', 'custom'].some((key) => entryOf(artifact, key))) return noUses
        const builder = nodeAt(artifact, 'docker') ?? nodeAt(artifact, 'kaniko')
        const image = textOfNode(nodeAt(artifact, 'image'))
        const target = textOfNode(nodeAt(builder, 'target'))
        return followBuild(scope, {
          by: 'skaffold',
          at: { path: file.path, ...(nodeAt(artifact, 'image') ?? artifact).range },
          context: textOfNode(nodeAt(artifact, 'context')) ?? '.',
          from: folderOf(file.path),
          dockerfile: textOfNode(nodeAt(builder, 'dockerfile')) ?? 'Dockerfile',
          ...(target && { target }),
          images: image ? [image] : [],
        })
      }),
  )
}

function rootOf(file: SourceFile): YamlNode | undefined {
  return documentOf(file, 'yaml')?.roots[0]
}

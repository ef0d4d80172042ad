import { posix } from 'node:path'
import { keepsFiles, type Linked, linkedBy, looksByConvention, readsSettings, startedBy } from '../facts/go-modules.js'
import type { Evidence, Location, Range } from '../model.js'
import type { GoProgram, GoSource } from './go-program.js'
import type { Mention } from './run-time-files.js'

/** What a Go program needs of the image it runs in, as far as its own code tells. */
export interface GoNeeds {
  /** What only the whole image can give. */
  readonly objections: readonly Evidence[]
  /** Why it must be able to write files of the image. */
  readonly writes: readonly Evidence[]
  /** C code that it is linked with. */
  readonly linked: readonly { readonly how: Linked; readonly evidence: Evidence }[]
  /** The words that may name files. */
  readonly mentions: readonly Mention[]
  /** Whether `go:embed` already puts a file into the program. */
  isBuiltIn(path: string): boolean
  /** Endings that the name of a settings file may lack. */
  readonly endings: RegExp | undefined
  /** Whether it reads `.env`, which repositories rarely hold. */
  readonly readsEnvironmentFile: boolean
}

const MAKES_FILES =
  /\b(?:os\.(?:Create|Mkdir|MkdirAll|OpenFile|WriteFile|Rename|Symlink|Link|Chown|Chmod|Truncate)|ioutil\.WriteFile)\s*\(|\.(?:SaveUploadedFile|SaveFile|SaveFileToStorage)\s*\(|\bautocert\.DirCache\s*\(/
const STARTS_OTHERS = /\b(?:syscall\.(?:Exec|ForkExec|StartProcess)|unix\.Exec|os\.StartProcess)\s*\(/
const WHOLE_FOLDER =
  /\b(?:http\.Dir|os\.DirFS|os\.ReadDir|ioutil\.ReadDir|filepath\.Walk(?:Dir)?|Static(?:FS|Dir)?)\s*\([^()\n]*$/
const SETTINGS = /\.(ya?ml|json|toml|env|ini|properties)$/

export function goNeeds(programs: readonly GoProgram[]): GoNeeds {
  const sources = [...new Map(programs.flatMap((program) => program.sources.map((each) => [each.path, each]))).values()]
  const imports = sources.flatMap((source) =>
    source.go.imports.map((each) => ({ ...each, at: inSource(source, each) })),
  )
  const settings = imports.map(({ value }) => readsSettings(value))
  const embedded = sources.flatMap(({ at, go }) =>
    go.embeds.map((pattern) => fixedPart(posix.resolve(posix.dirname(at), pattern.replace(/^all:/, '')))),
  )
  return {
    objections: [
      ...sources.flatMap((source) =>
        source.go.imports.flatMap((each) => objectionToImport(each.value, inSource(source, each), source)),
      ),
      ...sources.flatMap(objectionsToCode),
    ],
    writes: [
      ...imports.flatMap(({ value, at }) => {
        const keeper = keepsFiles(value)
        return keeper === undefined ? [] : [{ note: `It keeps files with ${keeper}`, at }]
      }),
      ...sources.flatMap((source) => found(source, MAKES_FILES, 'It makes files')),
    ],
    linked: linkedIn(programs, sources, imports),
    mentions: sources.flatMap((source) =>
      source.go.texts.map((text) => ({ text: text.value, at: inSource(source, text) })),
    ),
    isBuiltIn: (path) => embedded.some((folder) => path === folder || path.startsWith(`${folder}/`)),
    endings: settings.includes('any-ending') ? SETTINGS : undefined,
    readsEnvironmentFile: settings.includes('environment'),
  }
}

function inSource({ path }: GoSource, { start, end }: Range): Location {
  return { path, start, end }
}

/** A pattern up to its first wildcard. */
function fixedPart(pattern: string): string {
  const names = pattern.split('/')
  const wild = names.findIndex((name) => /[*?[]/.test(name))
  return names.slice(0, wild < 0 ? names.length : wild).join('/')
}

function objectionToImport(path: string, at: Location, source: GoSource): readonly Evidence[] {
  const started = startedBy(path)
  const framework = looksByConvention(path)
  if (path === 'os/exec' && !startsOnlyItself(source)) return [{ note: OTHERS, at }]
  if (path === 'plugin') return [{ note: 'It loads plug-ins, which must fit the C library they were built with', at }]
  if (started !== undefined) return [{ note: `It starts ${started} with ${path}`, at }]
  if (framework === undefined) return []
  return [{ note: `${framework} looks for folders that no code of the program names`, at }]
}

const OTHERS = 'It starts other programs, and which of the image it needs cannot be told'

/** Servers with several processes start themselves again. */
function startsOnlyItself({ go: { code } }: GoSource): boolean {
  const uses = [...code.matchAll(/\bexec\.(?!Cmd\b)\w+/g)].length
  return uses > 0 && [...code.matchAll(/\bexec\.Command\(\s*os\.Args\[0\]/g)].length === uses
}

function objectionsToCode(source: GoSource): readonly Evidence[] {
  const whole = source.go.texts.find(
    ({ value, start }) =>
      /^\.?\/?$/.test(value) &&
      value !== '/' &&
      WHOLE_FOLDER.test(source.go.code.slice(Math.max(0, start - 80), start)),
  )
  return [
    ...found(source, STARTS_OTHERS, OTHERS),
    ...besideSource(source),
    ...(whole ? [{ note: 'It reads whatever is in its working directory', at: inSource(source, whole) }] : []),
  ]
}

/** The folder of a source file, which is only there where the source is. */
function besideSource(source: GoSource): readonly Evidence[] {
  const { code } = source.go
  const start = code.search(/\bruntime\.Caller\s*\(/)
  if (start < 0 || !/\b(filepath|path)\.(Dir|Join|Abs)\s*\(/.test(code.slice(start, start + 400))) return []
  return [{ note: 'It looks for files beside its own source', at: inSource(source, { start, end: start + 14 }) }]
}

function found(source: GoSource, pattern: RegExp, note: string): readonly Evidence[] {
  const match = pattern.exec(source.go.code)
  return match
    ? [{ note, at: inSource(source, { start: match.index, end: match.index + match[0].trimEnd().length }) }]
    : []
}

type Import = { readonly value: string; readonly at: Location }

/** C code: of the program itself, and of modules that are known for it, required by whomever. */
function linkedIn(
  programs: readonly GoProgram[],
  sources: readonly GoSource[],
  imports: readonly Import[],
): GoNeeds['linked'] {
  const own = imports.flatMap(({ value, at }) => {
    if (value !== 'C') return []
    const how: Linked = sources.some(({ path, go }) => path === at.path && go.linksWithSystem) ? 'system' : 'c'
    return [{ how, evidence: { note: 'It holds C code of its own', at } }]
  })
  const modules = [...new Set(programs.map(({ module }) => module))]
  const required = modules.flatMap(({ file, requires }) =>
    requires.map(({ value, start, end }) => ({ value, at: { path: file, start, end } })),
  )
  const others = [...imports, ...required].flatMap(({ value, at }) => {
    const how = linkedBy(value)
    return how ? [{ how, evidence: { note: `${value} holds C code`, at } }] : []
  })
  return [...own, ...others]
}

import { ts } from 'ts-morph'
import type { Document, Range, SourceFile } from '../model.js'
import { textStart } from '../text.js'

/** A property of the configuration, as it is written. */
export interface ConfigProperty extends Range {
  readonly name: string
  /** Its value, if that is a text. */
  readonly text: string | undefined
}

/** The object that a `next.config.*` gives to Next.js. */
export interface ConfigObject extends Range {
  readonly properties: readonly ConfigProperty[]
  /** Whether it takes properties over from elsewhere, or names some only when it is run. */
  readonly open: boolean
}

/** A `next.config.js`, `.mjs`, `.cjs` or `.ts`. */
export interface NextConfig extends Document {
  readonly kind: 'next-config'
  /** Missing where it cannot be told which object it is. */
  readonly config: ConfigObject | undefined
}

/** Far beyond what people write. */
const LARGEST = 200_000
const DEEPEST = 12

/** Keys that only the configuration of Next.js has, and not the options of what it may be wrapped in. */
const OF_NEXT =
  /^(reactStrictMode|images|webpack|experimental|rewrites|redirects|headers|basePath|i18n|eslint|typescript|pageExtensions|poweredByHeader|compiler|transpilePackages|trailingSlash|swcMinify|serverExternalPackages|productionBrowserSourceMaps|assetPrefix|publicRuntimeConfig|serverRuntimeConfig|turbopack|output|distDir|logging|devIndicators)$/

/** Reads a configuration of Next.js without running it. Never throws. */
export function parseNextConfig(file: SourceFile): NextConfig {
  const document = { kind: 'next-config', file, comments: [], problems: [], oddities: [] } as const
  if (file.text.length > LARGEST)
    return { ...document, config: undefined, problems: ['it is larger than anybody writes'] }
  try {
    const source = ts.createSourceFile(
      file.path,
      blankStart(file.text),
      ts.ScriptTarget.Latest,
      true,
      kindOf(file.path),
    )
    const { parseDiagnostics = [] } = source as { parseDiagnostics?: readonly ts.Diagnostic[] }
    const errors = parseDiagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
    return { ...document, oddities: errors, config: errors.length > 0 ? undefined : configIn(source) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ...document, config: undefined, problems: [`the parser gave up: ${why}`] }
  }
}

function blankStart(text: string): string {
  return textStart(text) > 0 ? ` ${text.slice(textStart(text))}` : text
}

function kindOf(path: string): ts.ScriptKind {
  return /\.[cm]?ts$/.test(path) ? ts.ScriptKind.TS : ts.ScriptKind.JS
}

function configIn(source: ts.SourceFile): ConfigObject | undefined {
  const exported = source.statements.flatMap((statement) => exportOf(statement) ?? [])
  const object = exported.length === 1 ? objectOf(exported[0]!, source, 0) : undefined
  return object && describe(object, source)
}

/** What a statement gives away as the whole of the module. */
function exportOf(statement: ts.Statement): ts.Expression | ts.FunctionDeclaration | undefined {
  if (ts.isExportAssignment(statement)) return statement.expression
  if (
    ts.isFunctionDeclaration(statement) &&
    statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  )
    return statement
  if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) return undefined
  const { left, operatorToken, right } = statement.expression
  return operatorToken.kind === ts.SyntaxKind.EqualsToken && left.getText() === 'module.exports' ? right : undefined
}

/** Follows names, wrappers and functions to the object that Next.js gets. */
function objectOf(node: ts.Node, source: ts.SourceFile, depth: number): ts.ObjectLiteralExpression | undefined {
  if (depth > DEEPEST) return undefined
  const next = (inner: ts.Node) => objectOf(inner, source, depth + 1)
  if (ts.isObjectLiteralExpression(node)) return node
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    return next(node.expression)
  if (ts.isAwaitExpression(node)) return next(node.expression)
  if (ts.isIdentifier(node)) {
    const initializer = initializerOf(node.text, source)
    return initializer && next(initializer)
  }
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return next(node.body)
  if ((ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node)) && node.body) {
    const returned = returnsOf(node.body)
    return returned.length === 1 && returned[0] ? next(returned[0]) : undefined
  }
  return ts.isCallExpression(node) ? wrappedIn(node, next) : undefined
}

/** `withPlugin(config, options)`, `withPlugin(options)(config)`: the first argument that is a configuration for certain. */
function wrappedIn(
  call: ts.CallExpression,
  next: (inner: ts.Node) => ts.ObjectLiteralExpression | undefined,
): ts.ObjectLiteralExpression | undefined {
  const found = call.arguments.flatMap((argument) => {
    const object = next(argument)
    return object ? [{ argument, object }] : []
  })
  const named = found.filter(
    ({ argument, object }) =>
      (ts.isIdentifier(argument) && /config/i.test(argument.text)) ||
      ts.isCallExpression(argument) ||
      object.properties.some(({ name }) => name !== undefined && OF_NEXT.test(nameOf(name) ?? '')),
  )
  return named.length === 1 ? named[0]!.object : undefined
}

/** The value of a name that is bound once, at the top of the module. */
function initializerOf(name: string, source: ts.SourceFile): ts.Node | undefined {
  const found: ts.Node[] = []
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name?.text === name) found.push(statement)
    if (!ts.isVariableStatement(statement)) continue
    for (const { name: bound, initializer } of statement.declarationList.declarations) {
      if (ts.isIdentifier(bound) && bound.text === name && initializer) found.push(initializer)
    }
  }
  // `nextConfig.output = …` further down would have the last word.
  const isChanged = new RegExp(
    `\\b${name.replace(/\W/g, '\\$&')}\\s*(\\.\\s*\\w+\\s*|\\[[^\\]\\n]*\\]\\s*)?=(?![=>])`,
    'g',
  )
  const written = source.text.match(isChanged)?.length ?? 0
  return found.length === 1 && written <= 1 ? found[0] : undefined
}

/** What a function gives back, those inside it left out. */
function returnsOf(body: ts.ConciseBody): readonly (ts.Expression | undefined)[] {
  const found: (ts.Expression | undefined)[] = []
  const visit = (node: ts.Node) => {
    if (ts.isReturnStatement(node)) found.push(node.expression)
    else if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit)
  }
  ts.forEachChild(body, visit)
  return found
}

function describe(object: ts.ObjectLiteralExpression, source: ts.SourceFile): ConfigObject {
  const properties = object.properties.flatMap((property) => {
    const name = property.name && nameOf(property.name)
    if (name === undefined) return []
    const value = ts.isPropertyAssignment(property) ? property.initializer : undefined
    const text = value && ts.isStringLiteralLike(value) ? value.text : undefined
    return [{ name, text, start: property.getStart(source), end: property.end }]
  })
  return {
    start: object.getStart(source),
    end: object.end,
    properties,
    open: properties.length < object.properties.length,
  }
}

function nameOf(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined
}

import type { SyntaxNode, Tree } from '@lezer/common'
import { parser } from '@lezer/python'
import type { Document, Range, SourceFile } from '../model.js'
import { lineAt, lineStarts, textStart } from '../text.js'
import type { PythonExpression } from './python-expression.js'

/** What must hold for a piece of code to run. */
export type Guard =
  /** The branch of an `if`, or of a conditional expression, that runs when the test comes to `is`. */
  | { readonly kind: 'test'; readonly test: PythonExpression; readonly is: boolean; readonly range: Range }
  /** The body of a `try` whose failure to import is caught. */
  | { readonly kind: 'caught' }

interface Guarded extends Range {
  readonly guards: readonly Guard[]
}

/** A module that is imported, by `import`, `from … import` or `import_module`. */
export interface PythonImport extends Guarded {
  /** Dotted, as written; of a relative import what stands behind the dots. */
  readonly module: string
  /** How many dots a relative import begins with. */
  readonly level: number
  /** The names taken from it; `*` for all. */
  readonly names: readonly string[]
}

export interface PythonString extends Guarded {
  readonly value: string
  /** The element of a list that it is, or is part of by way of calls, such as `path("x/", include("x.urls"))`. */
  readonly element?: Range
}

export interface PythonAssignment extends Guarded {
  readonly name: string
  readonly value: PythonExpression
}

/** A Python file as far as it can be read without running it. */
export interface Python extends Document {
  readonly kind: 'python'
  readonly imports: readonly PythonImport[]
  readonly strings: readonly PythonString[]
  /** Plain assignments outside functions and classes, in order. */
  readonly assignments: readonly PythonAssignment[]
  /** The names used as decorators, undotted. */
  readonly decorators: readonly PythonString[]
}

/** Nobody writes more than this by hand. */
const SIZE_LIMIT = 500_000
/** Deeper nesting is somebody's attempt to keep us busy. */
const DEPTH_LIMIT = 200

/** Reads a Python file. What cannot be read for certain is said in `problems`. */
export function parsePython(file: SourceFile): Python {
  const nothing = {
    kind: 'python',
    file,
    comments: [],
    oddities: [],
    imports: [],
    strings: [],
    assignments: [],
    decorators: [],
  } as const
  if (file.text.length > SIZE_LIMIT) return { ...nothing, problems: ['it is larger than 500 kB'] }
  if (nestsTooDeeply(file.text)) return { ...nothing, problems: ['it is nested too deeply'] }
  const from = textStart(file.text)
  // The byte order mark would be part of the first word; as an empty line it takes as much room.
  const source = from > 0 ? `\n${file.text.slice(from)}` : file.text
  const reader = new Reader(source)
  reader.read(parser.parse(source))
  return { ...nothing, ...reader.found, problems: reader.problem ? [reader.problem] : [] }
}

/** Brackets are all that can nest without a line of its own; strings and comments may hold any. */
function nestsTooDeeply(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 40 || code === 91 || code === 123) depth++
    else if ((code === 41 || code === 93 || code === 125) && depth > 0) depth--
    if (depth > DEPTH_LIMIT) return true
  }
  return false
}

/** One pass over the tree, with what guards the place it is at. */
class Reader {
  readonly found = {
    comments: [] as Range[],
    imports: [] as PythonImport[],
    strings: [] as PythonString[],
    assignments: [] as PythonAssignment[],
    decorators: [] as PythonString[],
  }
  problem: string | undefined
  /** What guards a node, by its place, worked out when the statement around it is entered. */
  readonly #guardOf = new Map<string, Guard[]>()
  readonly #guards: (readonly Guard[])[] = [[]]
  #inside = 0
  #depth = 0

  constructor(private readonly text: string) {}

  read(tree: Tree): void {
    tree.iterate({
      enter: ({ name, from, to, node }) => {
        this.#depth++
        if (this.#depth > 1_000) return false
        const own = this.#guardOf.get(`${name} ${from} ${to}`) ?? []
        this.#guards.push(own.length > 0 ? [...this.#guards.at(-1)!, ...own] : this.#guards.at(-1)!)
        if (name === 'FunctionDefinition' || name === 'ClassDefinition' || name === 'LambdaExpression') this.#inside++
        this.#enter(name, node)
        return undefined
      },
      leave: ({ name }) => {
        this.#depth--
        this.#guards.pop()
        if (name === 'FunctionDefinition' || name === 'ClassDefinition' || name === 'LambdaExpression') this.#inside--
      },
    })
  }

  #enter(name: string, node: SyntaxNode): void {
    const guards = this.#guards.at(-1)!
    const { from: start, to: end } = node
    switch (name) {
      case '⚠': {
        // The parser misses a value behind a bare `yield`, which may have none.
        if (start === end && node.parent?.name === 'YieldStatement') return
        const line = lineAt(lineStarts(this.text), start) + 1
        this.problem ??= `line ${line}: this is not the Python that is known here`
        return
      }
      case 'Comment':
        this.found.comments.push({ start, end })
        return
      case 'IfStatement':
        this.#branches(node)
        return
      case 'ConditionalExpression':
        this.#conditional(node)
        return
      case 'TryStatement':
        this.#tried(node)
        return
      case 'ImportStatement':
        this.found.imports.push(...importsOf(node, this.text).map((each) => ({ ...each, start, end, guards })))
        return
      case 'CallExpression': {
        const module = importedByCall(node, this.text)
        if (module !== undefined) this.found.imports.push({ module, level: 0, names: [], start, end, guards })
        return
      }
      case 'String': {
        const value = stringValue(this.text.slice(start, end))
        // Looking for a module is not needing it.
        if (value === undefined || /(^|\.)find_spec$/.test(calledBy(node, this.text))) return
        const element = elementAround(node)
        this.found.strings.push({ value, start, end, guards, ...(element && { element }) })
        return
      }
      case 'Decorator': {
        const child = node.firstChild?.nextSibling
        if (child?.name === 'VariableName')
          this.found.decorators.push({ value: this.text.slice(child.from, child.to), start, end, guards })
        return
      }
      case 'AssignStatement':
        if (this.#inside === 0) this.#assigned(node, guards)
        return
    }
  }

  #assigned(node: SyntaxNode, guards: readonly Guard[]): void {
    const [target, operator, value] = childrenOf(node)
    if (target?.name !== 'VariableName' || operator?.name !== 'AssignOp' || !value || value.nextSibling) return
    const name = this.text.slice(target.from, target.to)
    const read = expressionOf(value, this.text)
    this.found.assignments.push({ name, value: read, start: node.from, end: node.to, guards })
  }

  /** `if a: … elif b: … else: …`: each body runs when its own test holds and none before it did. */
  #branches(node: SyntaxNode): void {
    const before: Guard[] = []
    let test: SyntaxNode | undefined
    for (const child of childrenOf(node)) {
      if (child.name === 'if' || child.name === 'elif' || child.name === 'else') test = undefined
      else if (child.name !== 'Body') test = child
      else {
        const guard = test && this.#test(test, true)
        this.#guard(child, [...before, ...(guard ? [guard] : [])])
        if (test) before.push(this.#test(test, false))
      }
    }
  }

  /** `a if test else b`. */
  #conditional(node: SyntaxNode): void {
    const [yes, , test, , no] = childrenOf(node)
    if (!yes || !test) return
    this.#guard(yes, [this.#test(test, true)])
    if (no) this.#guard(no, [this.#test(test, false)])
  }

  #tried(node: SyntaxNode): void {
    const children = childrenOf(node)
    const body = children.find(({ name }) => name === 'Body')
    const catches = children.some((child, i) => {
      if (child.name !== 'except') return false
      const what = children[i + 1]
      return (
        what?.name === 'Body' ||
        /\b(ImportError|ModuleNotFoundError|Exception)\b/.test(this.text.slice(what?.from, what?.to))
      )
    })
    if (body && catches) this.#guard(body, [{ kind: 'caught' }])
  }

  #test(node: SyntaxNode, is: boolean): Guard {
    return { kind: 'test', test: expressionOf(node, this.text), is, range: { start: node.from, end: node.to } }
  }

  #guard({ name, from, to }: SyntaxNode, guards: Guard[]): void {
    this.#guardOf.set(`${name} ${from} ${to}`, guards)
  }
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const list: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name !== 'Comment') list.push(child)
  return list
}

/** `import a.b as c, d` is two imports, `from a import b, c` one. */
function importsOf(node: SyntaxNode, text: string): readonly Omit<PythonImport, keyof Guarded>[] {
  const words = childrenOf(node).map(({ name, from, to }) => ({ name, word: text.slice(from, to) }))
  if (words[0]?.word === 'from') {
    const split = words.findIndex(({ name }) => name === 'import')
    const dots = words
      .slice(1, split)
      .map(({ word }) => word)
      .join('')
    const level = /^\.*/.exec(dots)![0].length
    return [{ module: dots.slice(level), level, names: namesIn(words.slice(split + 1)) }]
  }
  const modules: string[] = []
  let current = ''
  let isAlias = false
  for (const { name, word } of words.slice(1)) {
    if (name === ',') {
      modules.push(current)
      current = ''
      isAlias = false
    } else if (name === 'as') isAlias = true
    else if (!isAlias) current += word
  }
  return [...modules, current].filter(Boolean).map((module) => ({ module, level: 0, names: [] }))
}

function namesIn(words: readonly { readonly name: string; readonly word: string }[]): readonly string[] {
  return words.flatMap(({ name, word }, i) =>
    (name === 'VariableName' || word === '*') && words[i - 1]?.name !== 'as' ? [word] : [],
  )
}

/** `import_module("x")`, `importlib.import_module("x")`, `__import__("x")`. */
function importedByCall(node: SyntaxNode, text: string): string | undefined {
  const [called, args] = childrenOf(node)
  if (!called || !/(^|\.)(import_module|__import__)$/.test(text.slice(called.from, called.to))) return undefined
  const first = args && childrenOf(args).find(({ name }) => name === 'String')
  return first && stringValue(text.slice(first.from, first.to))
}

/** The value of a plain string literal; `undefined` for bytes. Escapes stay as written: names have none. */
function stringValue(literal: string): string | undefined {
  const [, prefix = '', quote = '', rest = ''] = /^([A-Za-z]*)("""|'''|"|')(.*)$/s.exec(literal) ?? []
  if (/b/i.test(prefix) || quote === '') return undefined
  return rest.endsWith(quote) ? rest.slice(0, -quote.length) : undefined
}

/** What is called with a node as its argument; nothing if it is no argument. */
function calledBy({ parent }: SyntaxNode, text: string): string {
  const called = parent?.name === 'ArgList' ? parent.parent?.firstChild : undefined
  return called ? text.slice(called.from, called.to) : ''
}

/** The element of the list right around a node, looked for through the arguments of calls and nothing else. */
function elementAround(node: SyntaxNode): Range | undefined {
  let element = node
  for (let i = 0; i < 8; i++) {
    const { parent } = element
    if (!parent) return undefined
    if (parent.name === 'ArrayExpression') return { start: element.from, end: element.to }
    if (parent.name !== 'ArgList' && parent.name !== 'CallExpression') return undefined
    element = parent
  }
  return undefined
}

/** How deep an expression is looked into. */
const EXPRESSION_DEPTH = 30

/** An expression as far as its value can be told from variables; anything else is unknown. */
function expressionOf(node: SyntaxNode, text: string, depth = 0): PythonExpression {
  const unknown: PythonExpression = { kind: 'unknown' }
  if (depth > EXPRESSION_DEPTH) return unknown
  const inner = (child: SyntaxNode | undefined) => (child ? expressionOf(child, text, depth + 1) : unknown)
  const source = (child: SyntaxNode) => text.slice(child.from, child.to)
  const children = childrenOf(node)
  switch (node.name) {
    case 'Boolean':
      return { kind: 'constant', value: source(node) === 'True' }
    case 'None':
      return { kind: 'constant', value: undefined }
    case 'Number': {
      const value = Number(source(node))
      return Number.isNaN(value) ? unknown : { kind: 'constant', value }
    }
    case 'String': {
      const value = stringValue(source(node))
      return value === undefined ? unknown : { kind: 'constant', value }
    }
    case 'VariableName':
      return { kind: 'name', name: source(node) }
    case 'ParenthesizedExpression':
      return inner(children[1])
    case 'ArrayExpression':
    case 'TupleExpression':
    case 'SetExpression':
      return { kind: 'list', items: children.filter(({ name }) => !/^[[\](){},]$/.test(name)).map(inner) }
    case 'UnaryExpression':
      return children[0]?.name === 'not' ? { kind: 'not', of: inner(children[1]) } : unknown
    case 'BinaryExpression': {
      const [left, operator, right] = children
      const word = operator && right ? text.slice(operator.from, right.from).trim() : ''
      if (word === 'and' || word === 'or') return { kind: word, left: inner(left), right: inner(right) }
      const last = children.at(-1)
      const between = left && last ? text.slice(left.to, last.from).trim().replace(/\s+/g, ' ') : ''
      const isKnown =
        between === '==' ||
        between === '!=' ||
        between === 'in' ||
        between === 'not in' ||
        between === 'is' ||
        between === 'is not'
      return isKnown ? { kind: 'compare', operator: between, left: inner(left), right: inner(last) } : unknown
    }
    case 'MemberExpression':
      return memberOf(node, text, inner)
    case 'CallExpression':
      return callOf(node, text, inner)
    default:
      return unknown
  }
}

type Inner = (child: SyntaxNode | undefined) => PythonExpression

/** `settings.DEBUG`, `os.environ["X"]`. */
function memberOf(node: SyntaxNode, text: string, inner: Inner): PythonExpression {
  const children = childrenOf(node)
  const source = text.slice(node.from, node.to)
  const [object, open, index] = children
  if (object && open?.name === '[' && /^(os\.)?environ$/.test(text.slice(object.from, object.to))) {
    return { kind: 'variable', name: inner(index), fallback: undefined }
  }
  if (/^(os\.)?environ$/.test(source)) return { kind: 'environment' }
  const setting = /^(?:settings|django\.conf\.settings)\.(\w+)$/.exec(source)?.[1]
  return setting ? { kind: 'setting', name: setting } : { kind: 'unknown' }
}

/** Reading the environment, in the ways of the standard library, django-environ, decouple and environs; and casts. */
function callOf(node: SyntaxNode, text: string, inner: Inner): PythonExpression {
  const [called, list] = childrenOf(node)
  if (!called || !list) return { kind: 'unknown' }
  const name = text.slice(called.from, called.to)
  const { positional, named } = argumentsOf(list, text)
  const fallback = positional[1] ?? named.get('default')
  if (
    /^(os\.environ\.get|environ\.get|os\.getenv|getenv)$/.test(name) ||
    /^(env|environ|config)(\.(str|bool|int|get|get_value))?$/i.test(name)
  ) {
    const isTyped = /\.bool$/.test(name) || text.slice(named.get('cast')?.from, named.get('cast')?.to) === 'bool'
    const read: PythonExpression = {
      kind: 'variable',
      name: inner(positional[0]),
      fallback: fallback
        ? inner(fallback)
        : /(get|getenv)$/.test(name)
          ? { kind: 'constant', value: undefined }
          : undefined,
    }
    return isTyped ? { kind: 'truth', of: read } : read
  }
  if (/^(bool)$/.test(name)) return { kind: 'cast', to: 'bool', of: inner(positional[0]) }
  if (/^(int)$/.test(name)) return { kind: 'cast', to: 'int', of: inner(positional[0]) }
  if (/^(distutils\.util\.)?(strtobool|str2bool|str_to_bool|to_bool|parse_bool)$/.test(name))
    return { kind: 'truth', of: inner(positional[0]) }
  if (/(^|\.)find_spec$/.test(name)) {
    const module = inner(positional[0])
    const isNamed = module.kind === 'constant' && typeof module.value === 'string'
    return isNamed ? { kind: 'found', module: String(module.value) } : { kind: 'unknown' }
  }
  const method = /\.(lower|upper|strip)$/.exec(name)?.[1]
  if (method && called.name === 'MemberExpression') {
    return { kind: 'cast', to: method as 'lower' | 'upper' | 'strip', of: inner(childrenOf(called)[0]) }
  }
  return { kind: 'unknown' }
}

function argumentsOf(list: SyntaxNode, text: string) {
  const positional: SyntaxNode[] = []
  const named = new Map<string, SyntaxNode>()
  const children = childrenOf(list).filter(({ name }) => !/^[(),]$/.test(name))
  for (let i = 0; i < children.length; i++) {
    const child = children[i]!
    if (children[i + 1]?.name === 'AssignOp' && children[i + 2]) {
      named.set(text.slice(child.from, child.to), children[i + 2]!)
      i += 2
    } else positional.push(child)
  }
  return { positional, named }
}

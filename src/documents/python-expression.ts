/**
 * Python expressions as plain data, as far as they decide what runs: names, constants, the environment and what is made
 * of them. Nothing here knows the parser.
 */
export type PythonExpression =
  | { readonly kind: 'constant'; readonly value: PythonValue }
  | { readonly kind: 'name'; readonly name: string }
  /** A setting of Django, read through `django.conf.settings`. */
  | { readonly kind: 'setting'; readonly name: string }
  /** A variable of the environment; without a fallback nobody here knows what comes of it if it is not set. */
  | { readonly kind: 'variable'; readonly name: PythonExpression; readonly fallback: PythonExpression | undefined }
  /** `find_spec("x")`: something if the module can be imported, `None` if not. */
  | { readonly kind: 'found'; readonly module: string }
  /** All of `os.environ`. */
  | { readonly kind: 'environment' }
  | { readonly kind: 'list'; readonly items: readonly PythonExpression[] }
  | { readonly kind: 'not'; readonly of: PythonExpression }
  | { readonly kind: 'and' | 'or'; readonly left: PythonExpression; readonly right: PythonExpression }
  | {
      readonly kind: 'compare'
      readonly operator: '==' | '!=' | 'in' | 'not in' | 'is' | 'is not'
      readonly left: PythonExpression
      readonly right: PythonExpression
    }
  | { readonly kind: 'cast'; readonly to: 'bool' | 'int' | 'lower' | 'upper' | 'strip'; readonly of: PythonExpression }
  /** A word such as `yes` or `0` read as a truth value. */
  | { readonly kind: 'truth'; readonly of: PythonExpression }
  | { readonly kind: 'unknown' }

/** `None` is `undefined`. */
export type PythonValue = string | number | boolean | undefined

/** What names stand for. A missing answer means that it cannot be known. */
export interface PythonNames {
  readonly name: (name: string) => Known
  readonly setting: (name: string) => Known
  /** A variable of the environment: its text, nothing for one that is not set. */
  readonly variable: (name: string) => Known
  /** What looking for a module finds. */
  readonly module: (name: string) => Known
}

/** A value, or that it cannot be known. */
export type Known = { readonly value: PythonValue } | undefined

/** What an expression comes to, or `undefined` if that cannot be known without running it. */
export function evaluate(expression: PythonExpression, names: PythonNames, depth = 0): Known {
  if (depth > 60) return undefined
  const of = (inner: PythonExpression) => evaluate(inner, names, depth + 1)
  switch (expression.kind) {
    case 'constant':
      return { value: expression.value }
    case 'name':
      return names.name(expression.name)
    case 'setting':
      return names.setting(expression.name)
    case 'variable': {
      const name = of(expression.name)
      if (typeof name?.value !== 'string') return undefined
      const known = names.variable(name.value)
      if (!known || known.value !== undefined) return known
      return expression.fallback && of(expression.fallback)
    }
    case 'found':
      return names.module(expression.module)
    case 'not': {
      const inner = of(expression.of)
      return inner && { value: !isTrue(inner.value) }
    }
    case 'and':
    case 'or': {
      const [left, right] = [of(expression.left), of(expression.right)]
      const decides = expression.kind === 'or'
      // Either side may decide alone, whatever the other is.
      for (const side of [left, right]) if (side && isTrue(side.value) === decides) return { value: decides }
      return left && right ? { value: !decides } : undefined
    }
    case 'compare':
      return compared(expression, names, depth)
    case 'cast': {
      const inner = of(expression.of)
      return inner && castTo(expression.to, inner.value)
    }
    case 'truth': {
      const inner = of(expression.of)
      return inner && truthOf(inner.value)
    }
    default:
      return undefined
  }
}

function compared(
  { operator, left, right }: Extract<PythonExpression, { kind: 'compare' }>,
  names: PythonNames,
  depth: number,
): Known {
  const one = evaluate(left, names, depth + 1)
  if (!one) return undefined
  if (operator === 'in' || operator === 'not in') {
    const wanted = operator === 'in'
    if (right.kind === 'environment') {
      const variable = typeof one.value === 'string' ? names.variable(one.value) : undefined
      return variable && { value: (variable.value !== undefined) === wanted }
    }
    if (right.kind !== 'list') return undefined
    const items = right.items.map((item) => evaluate(item, names, depth + 1))
    if (items.some((item) => item && item.value === one.value)) return { value: wanted }
    return items.includes(undefined) ? undefined : { value: !wanted }
  }
  const other = evaluate(right, names, depth + 1)
  if (!other) return undefined
  const isSame = one.value === other.value
  return { value: operator === '==' || operator === 'is' ? isSame : !isSame }
}

function castTo(to: 'bool' | 'int' | 'lower' | 'upper' | 'strip', value: PythonValue): Known {
  switch (to) {
    case 'bool':
      return { value: isTrue(value) }
    case 'int': {
      const number = typeof value === 'boolean' ? Number(value) : Number.parseInt(String(value), 10)
      return Number.isNaN(number) ? undefined : { value: number }
    }
    default:
      if (typeof value !== 'string') return undefined
      return { value: to === 'lower' ? value.toLowerCase() : to === 'upper' ? value.toUpperCase() : value.trim() }
  }
}

function truthOf(value: PythonValue): Known {
  if (typeof value !== 'string') return { value: isTrue(value) }
  if (/^(1|true|t|yes|y|on|ok)$/i.test(value.trim())) return { value: true }
  return /^(0|false|f|no|n|off|)$/i.test(value.trim()) ? { value: false } : undefined
}

/** What Python takes for true. */
export function isTrue(value: PythonValue): boolean {
  return value !== undefined && value !== false && value !== 0 && value !== ''
}

/** The variables of the environment that could make an expression true by being set. */
export function variablesIn(expression: PythonExpression): readonly string[] {
  switch (expression.kind) {
    case 'variable':
      return expression.name.kind === 'constant' && typeof expression.name.value === 'string'
        ? [expression.name.value]
        : []
    case 'cast':
    case 'truth':
      return variablesIn(expression.of)
    case 'and':
    case 'or':
      return [...variablesIn(expression.left), ...variablesIn(expression.right)]
    case 'compare': {
      const name = expression.left.kind === 'constant' ? expression.left.value : undefined
      const isAsked = expression.right.kind === 'environment' && typeof name === 'string'
      return isAsked ? [name] : [...variablesIn(expression.left), ...variablesIn(expression.right)]
    }
    default:
      return []
  }
}

import { type CommandNode, forEachChild, parse, type Statement, type SyntaxNode, type Word } from 'unbash'
import type { Range } from '../model.js'

export interface ShellWord extends Range {
  /** The word as written. */
  readonly text: string
  /** The word without its quotes; expansions stand in it as written. */
  readonly value: string
  /** Whether the value is known: no expansion and no pattern in it. */
  readonly literal: boolean
}

export interface Redirect {
  /** `>`, `>>`, `<` … */
  readonly operator: string
  readonly target: ShellWord | undefined
}

/** One simple command, wherever it stands in the text. */
export interface ShellCommand extends Range {
  /** The value of the first word, or `undefined` where it is computed at run time or missing. */
  readonly name: string | undefined
  /** Every word, the name first. */
  readonly words: readonly ShellWord[]
  /** Names of the variables set for this command, e.g. `FOO` in `FOO=1 cmd`. */
  readonly assigned: readonly { name: string; value: ShellWord | undefined }[]
  readonly redirects: readonly Redirect[]
  /** The texts of the conditions it depends on: of `if`, `case`, and of what stands left of `&&` and `||`. */
  readonly conditions: readonly string[]
  /** Whether it stands right in the script: no condition, loop, function, subshell, pipe or background around it. */
  readonly plain: boolean
}

/** One part of a chain: a command, a pipe, a group, an `if` … */
export interface ShellStep extends Range {
  /** What stands between it and the step before; `undefined` for the first of a chain. */
  readonly joinedBy: '&&' | '||' | undefined
  /** Whether it is a single command, without a pipe or `!` around it. */
  readonly simple: boolean
}

/** Steps joined by `&&` and `||`, up to the next `;` or line break. */
export interface ShellChain extends Range {
  readonly steps: readonly ShellStep[]
  readonly background: boolean
}

export interface Shell {
  readonly commands: readonly ShellCommand[]
  /** What the shell runs one after another, at the top of the script. */
  readonly chains: readonly ShellChain[]
  /** Syntax errors, in the parser's words. */
  readonly errors: readonly string[]
}

/** What is around a command while the tree is walked. */
interface Surroundings {
  readonly conditions: readonly string[]
  readonly plain: boolean
}

/**
 * Reads shell text. `offset` is where the text begins in its file: every range of the result counts from there.
 * Nothing is executed and nothing is expanded. Never throws: what cannot be read is an error of the result.
 */
export function parseShell(text: string, offset = 0): Shell {
  const commands: ShellCommand[] = []
  const errors: string[] = []
  let chains: readonly ShellChain[] = []
  try {
    const script = parse(text)
    chains = script.commands.map(chainOf)
    errors.push(...(script.errors ?? []).map((error) => error.message))
    walk(script, { conditions: [], plain: true })
  } catch (error) {
    errors.push(error instanceof Error ? error.message : String(error))
  }
  return { commands, chains, errors }

  function chainOf({ command, pos, end, background }: Statement): ShellChain {
    const steps = command.type === 'AndOr' ? command.commands : [command]
    const operators = command.type === 'AndOr' ? command.operators : []
    return {
      start: offset + pos,
      end: offset + end,
      background: background === true,
      steps: steps.map((step, i) => ({
        start: offset + step.pos,
        end: offset + step.end,
        joinedBy: operators[i - 1],
        simple: step.type === 'Command',
      })),
    }
  }

  function walk(node: SyntaxNode, around: Surroundings): void {
    switch (node.type) {
      case 'Command':
        commands.push(commandOf(node, around))
        break
      case 'AndOr': {
        let always = true
        node.commands.forEach((part, i) => {
          const left = i > 0 ? [text.slice(node.pos, node.commands[i - 1]!.end)] : []
          // `a && b`: b is as plain as a, since a build stops where a fails. `a || b` runs b only sometimes.
          if (i > 0 && node.operators[i - 1] !== '&&') always = false
          walk(part, { conditions: [...around.conditions, ...left], plain: around.plain && always })
        })
        return
      }
      case 'If': {
        const clauses = [node.clause, ...node.elif.map((elif) => elif.clause)]
        const given = clauses.map((clause) => text.slice(clause.pos, clause.end))
        for (const clause of clauses) walk(clause, { ...around, plain: false })
        const bodies = [node.then, ...node.elif.map((elif) => elif.then)]
        bodies.forEach((body, i) => {
          walk(body, { conditions: [...around.conditions, given[i]!], plain: false })
        })
        if (node.else)
          walk(node.else, { conditions: [...around.conditions, ...given.map((c) => `! ${c}`)], plain: false })
        return
      }
      case 'CaseItem': {
        const pattern = node.pattern.map((word) => word.text).join('|')
        walk(node.body, { conditions: [...around.conditions, `case ${pattern}`], plain: false })
        return
      }
      case 'Statement':
        forEachChild(node, (child) => walk(child, node.background ? { ...around, plain: false } : around))
        return
      case 'Pipeline':
        forEachChild(node, (child) => walk(child, { ...around, plain: around.plain && node.commands.length === 1 }))
        return
      case 'Script':
      case 'CompoundList':
      case 'BraceGroup':
      case 'Redirected':
        break
      default:
        // Loops, functions, subshells, substitutions: read all the same, but not as what surely runs.
        forEachChild(node, (child) => walk(child, { ...around, plain: false }))
        return
    }
    forEachChild(node, (child) => walk(child, node.type === 'Command' ? { ...around, plain: false } : around))
  }

  function commandOf(node: Extract<CommandNode, { type: 'Command' }>, around: Surroundings): ShellCommand {
    const args = node.suffix.flatMap((part) => {
      if (part.type === 'Word') return [wordOf(part)]
      if (part.type === 'Assignment')
        return [
          {
            start: offset + part.pos,
            end: offset + part.end,
            text: part.text,
            value: unquoted(part),
            literal: !/[$`]/.test(part.text),
          },
        ]
      return []
    })
    const name = node.name && wordOf(node.name)
    return {
      start: offset + node.pos,
      end: offset + node.end,
      name: name?.literal ? name.value : undefined,
      words: name ? [name, ...args] : args,
      assigned: node.prefix.flatMap((part) =>
        part.type === 'Assignment'
          ? [{ name: part.name, value: part.value.type === 'Word' ? wordOf(part.value) : undefined }]
          : [],
      ),
      redirects: node.redirects.flatMap((part) =>
        part.type === 'Redirect' ? [{ operator: part.operator, target: part.target && wordOf(part.target) }] : [],
      ),
      conditions: around.conditions,
      plain: around.plain,
    }
  }

  function unquoted(part: { name: string; value: { type: string } }): string {
    return part.value.type === 'Word' ? `${part.name}=${(part.value as Word).value}` : part.name
  }

  function wordOf(word: Word): ShellWord {
    return {
      start: offset + word.pos,
      end: offset + word.end,
      text: word.text,
      value: word.value,
      literal: isLiteral(word),
    }
  }
}

function isLiteral(word: Word): boolean {
  return (word.parts ?? []).every(
    (part) =>
      part.type === 'Literal' ||
      part.type === 'SingleQuoted' ||
      part.type === 'AnsiCQuoted' ||
      (part.type === 'DoubleQuoted' && part.parts.every((inner) => inner.type === 'Literal')),
  )
}

const SPACE = /[^\r\n]/g

/** The same text with every character but line breaks turned into spaces: offsets stay as they are. */
export function blank(text: string): string {
  return text.replace(SPACE, ' ')
}

import type { Look } from './look.js'

/** Ctrl-C at a question. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor(
    /** What a person is told. */
    readonly said = 'interrupted, nothing was written.',
    options?: ErrorOptions,
  ) {
    super(said, options)
  }
}

/** Asks for a yes. Enter alone is a no. */
export async function askYes(question: string, look: Look): Promise<boolean> {
  const { default: inquirer } = await import('inquirer')
  const { bold, cyan, dim, red } = look.colors
  const style = {
    answer: cyan,
    message: bold,
    defaultAnswer: (text: string) => dim(`(${text})`),
    error: (text: string) => red(`> ${text}`),
  }
  const theme = { prefix: '?', style }
  try {
    const { yes } = await inquirer.prompt([{ type: 'confirm', name: 'yes', message: question, default: false, theme }])
    return yes
  } catch (error) {
    if (error instanceof Error && /^(ExitPromptError|AbortPromptError)$/.test(error.name))
      throw new Interrupted(undefined, { cause: error })
    throw error
  }
}

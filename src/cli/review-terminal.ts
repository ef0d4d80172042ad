import type { Path } from '../model.js'
import { wantsColor, wantsUnicode } from '../ui/look.js'
import { bodyOf } from '../ui/review/body.js'
import { edited } from '../ui/review/events.js'
import { dialogue } from '../ui/review/lines.js'
import { type Around, page } from '../ui/review/prompt.js'
import { lookOn, type Screen } from '../ui/review/screen.js'
import type { View, Wish } from '../ui/review/view.js'
import { editTexts, showInPager } from './editor.js'

/** Where a review is held: a screen of its own, or line after line for whoever listens to it. */
export class ReviewTerminal {
  readonly #isByLine = Boolean(process.env.ACCESSIBLE) || process.env.TERM === 'dumb'

  constructor(
    /** What the person calls a file, safe to show. */
    private readonly name: (path: Path) => string,
    private readonly color: boolean,
  ) {}

  /** Takes keys until one is answered by a wish; `undefined` if the terminal was closed, or the signal came. */
  async ask(view: View, around: Around, signal?: AbortSignal): Promise<View | undefined> {
    if (this.#isByLine) return dialogue(view, around, signal)
    try {
      return await page({ view, around }, { clearPromptOnDone: true, ...(signal && { signal }) })
    } catch (error) {
      if (error instanceof Error && /^(ExitPromptError|AbortPromptError)$/.test(error.name)) return undefined
      throw error
    }
  }

  /** Does what only another program can: lets the person edit, or read at leisure. */
  granted(view: View, wish: Extract<Wish, { readonly do: 'edit' | 'page' }>): View {
    if (wish.do === 'edit') {
      const texts = this.#aside(() => editTexts(wish.texts))
      return 'problem' in texts ? { ...view, wish: undefined, notice: texts.problem } : edited(view, wish.key, texts)
    }
    const look = lookOn({ ...this.screen(), accessible: false })
    const came = this.#aside(() => showInPager(`${bodyOf(view, false, look).join('\n')}\n`))
    return { ...view, wish: undefined, notice: came?.problem }
  }

  screen(): Screen {
    return {
      width: Math.max(process.stdout.columns || 80, 20),
      rows: Math.max(process.stdout.rows || 24, 6),
      colour: wantsColor(process.stdout, process.env, this.color),
      accessible: this.#isByLine,
      unicode: wantsUnicode(process.env),
      name: this.name,
    }
  }

  /** The screen of its own that full-screen programs use: the person's scrollback comes back afterwards. */
  open(): void {
    if (!this.#isByLine) process.stdout.write('\x1b[?1049h\x1b[2J\x1b[H')
  }

  close(): void {
    if (!this.#isByLine) process.stdout.write('\x1b[?1049l')
  }

  /** Lets another program have the terminal. */
  #aside<T>(act: () => T): T {
    this.close()
    try {
      return act()
    } finally {
      this.open()
    }
  }
}

/** A terminal that a line can be rewritten on. */
export interface Screen {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export interface Progress {
  /** Says what is being done now. */
  readonly tick: (doing: string) => void
  /** Takes the line away, for good. */
  readonly end: () => void
}

const PATIENCE = 1000
const PAUSE = 100

/** One line that is rewritten, only on a terminal, and only for work that makes a person wait. */
export function progressOn(screen: Screen, now: () => number = Date.now): Progress {
  if (!screen.isTTY) return { tick: () => {}, end: () => {} }
  const start = now()
  let last = 0
  let isOver = false
  return {
    tick: (doing) => {
      const time = now()
      if (isOver || time - start < PATIENCE || time - last < PAUSE) return
      last = time
      screen.write(`\r\x1b[K${doing}`)
    },
    end: () => {
      if (last > 0) screen.write('\r\x1b[K')
      isOver = true
    },
  }
}

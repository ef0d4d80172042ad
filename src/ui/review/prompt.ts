import { createPrompt, type KeypressEvent, useEffect, useKeypress, useState } from '@inquirer/core'
import { type Key, reduce } from './keys.js'
import { fitted, render, type Screen } from './screen.js'
import type { View } from './view.js'

/** What the screen needs from around it. */
export interface Around {
  /** The terminal as it is now. */
  readonly screen: () => Screen
  /** Called with every view that has taken a key; what it gives back is gone on with. */
  readonly took: (view: View) => View
  /** Whether a file is no longer what the view was made of. */
  readonly isStale: (view: View) => boolean
}

const CLEAR = '\x1b[2J\x1b[H'

/** Shows a view and takes keys until one is answered by a wish. */
export const page = createPrompt<View, { readonly view: View; readonly around: Around }>(
  ({ view: first, around }, done) => {
    const [view, setView] = useState(first)
    const [screen, setScreen] = useState(around.screen())
    useEffect((rl) => {
      const resized = () => {
        process.stdout.write(CLEAR)
        setScreen(around.screen())
      }
      // Ctrl-D, or a terminal that went away.
      const closed = () => done({ ...first, wish: { do: 'stop' } })
      process.stdout.on('resize', resized)
      rl.on('close', closed)
      return () => process.stdout.off('resize', resized)
    }, [])
    useKeypress((event, rl) => {
      // Readline collects what is typed; here every key is an answer of its own.
      rl.clearLine(0)
      if (around.isStale(view)) return done({ ...view, wish: { do: 'replan' } })
      const next = around.took(reduce(fitted(view, screen), nameOf(event)))
      if (next.wish) done(next)
      else setView(next)
    })
    return render(view, screen)
  },
)

const NAMES: Readonly<Record<string, string>> = { return: 'enter', enter: 'enter' }

/** Readline names letters without their case and signs not at all; what was typed is in the sequence. */
function nameOf({ name, ctrl, ...event }: KeypressEvent): Key {
  const sequence = 'sequence' in event && typeof event.sequence === 'string' ? event.sequence : ''
  if (ctrl && name) return `ctrl-${name}`
  if ([...sequence].length === 1 && !/\p{Cc}/u.test(sequence)) return sequence
  return NAMES[name] ?? name ?? sequence
}

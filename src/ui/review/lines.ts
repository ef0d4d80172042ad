import { createInterface } from 'node:readline'
import { type Key, reduce } from './keys.js'
import type { Around } from './prompt.js'
import { render } from './screen.js'
import type { View } from './view.js'

/**
 * Says a view and takes answers line by line until one is answered by a wish. Nothing is ever redrawn, so a screen reader
 * says each thing once.
 * @param signal Ends it with the wish to stop.
 */
export function dialogue(first: View, around: Around, signal?: AbortSignal): Promise<View> {
  const lines = createInterface({ input: process.stdin, terminal: false })
  let view = first
  return new Promise((resolve) => {
    const end = (last: View) => {
      process.off('SIGINT', stopped)
      signal?.removeEventListener('abort', stopped)
      // Closing says `close`, which would be taken for the end of the input.
      lines.off('close', stopped)
      lines.close()
      resolve(last)
    }
    const stopped = () => end({ ...view, wish: { do: 'stop' } })
    const say = () => process.stdout.write(`${render(view, around.screen())} `)
    process.on('SIGINT', stopped)
    signal?.addEventListener('abort', stopped)
    lines.on('close', stopped)
    lines.on('line', (line) => {
      for (const key of keysIn(line, view)) {
        if (around.isStale(view)) return end({ ...view, wish: { do: 'replan' } })
        view = around.took(reduce(view, key))
        if (view.wish) return end(view)
      }
      say()
    })
    say()
  })
}

/** What a line means: its letters where a text is asked for, else one key, written as itself or by name. */
function keysIn(line: string, { mode }: View): readonly Key[] {
  if (mode.kind === 'type' || mode.kind === 'count') {
    return line === '' ? ['escape'] : ['ctrl-u', ...line, 'enter']
  }
  const word = line.trim()
  return [word === '' ? 'enter' : word.length > 1 ? word.toLowerCase() : word]
}

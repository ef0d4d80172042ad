import type { Screen } from '../../../src/ui/review/screen.js'

/** A terminal of 80 by 24 without colours, unless told otherwise. */
export function screen(other: Partial<Screen> = {}): Screen {
  return { width: 80, rows: 24, colour: false, accessible: false, unicode: true, name: (path) => path, ...other }
}

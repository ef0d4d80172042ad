import { describe, expect, it } from 'vitest'
import { progressOn } from '../../src/ui/progress.js'

function watchedScreen(isTTY: boolean) {
  const written: string[] = []
  let time = 0
  const progress = progressOn({ isTTY, write: (text) => written.push(text) }, () => time)
  return { written, progress, wait: (milliseconds: number) => (time += milliseconds) }
}

describe('progress', () => {
  it('is one line that is rewritten now and then, and taken away', () => {
    const { written, progress, wait } = watchedScreen(true)
    progress.tick('soon')
    wait(1000)
    progress.tick('one')
    wait(10)
    progress.tick('too early')
    wait(100)
    progress.tick('two')
    progress.end()
    expect(written).toEqual(['\r\x1b[Kone', '\r\x1b[Ktwo', '\r\x1b[K'])
  })

  it('is nothing for work that is soon done', () => {
    const { written, progress, wait } = watchedScreen(true)
    wait(999)
    progress.tick('x')
    progress.end()
    expect(written).toEqual([])
  })

  it('is nothing where no line can be rewritten', () => {
    const { written, progress, wait } = watchedScreen(false)
    wait(5000)
    progress.tick('x')
    progress.end()
    expect(written).toEqual([])
  })
})

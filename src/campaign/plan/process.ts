/**
 * A planner: a process that plans what it is sent, one commit at a time, and can do nothing else. It has no token, no git and
 * no environment, and it may neither write a file nor start a program.
 */
import type { Answer } from './contents.js'
import type { Ask, FromPlanner, ToPlanner } from './job.js'
import { work } from './work.js'

let answered: ((answers: readonly Answer[]) => void) | undefined

const ask: Ask = (missed) =>
  new Promise((resolve) => {
    answered = resolve
    send({ missed })
  })

function send(message: FromPlanner): void {
  process.send?.(message)
}

process.on('message', async (message: ToPlanner) => {
  if ('answers' in message) answered?.(message.answers)
  else send({ result: await work(message.job, ask) })
})
process.on('disconnect', () => process.exit())

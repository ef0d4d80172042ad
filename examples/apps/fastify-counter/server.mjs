import { readFile, writeFile } from 'node:fs/promises'
import Fastify from 'fastify'

const app = Fastify({ logger: true })

app.get('/', async () => {
  const count = Number(await readFile('data/count', 'utf8').catch(() => 0)) + 1
  await writeFile('data/count', String(count))
  return { count }
})

await app.listen({ host: '0.0.0.0', port: 3000 })

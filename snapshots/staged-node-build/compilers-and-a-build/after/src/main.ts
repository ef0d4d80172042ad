import type { IncomingMessage } from 'node:http'
import polka from 'polka'

polka()
  .get('/', (_req: IncomingMessage, res: { end(text: string): void }) => res.end('ok'))
  .listen(Number(process.env.PORT ?? 3000))

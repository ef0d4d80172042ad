import { createServer } from 'node:http'
import bcrypt from 'bcrypt'

const secret = await bcrypt.hash(process.env.SESSION_SECRET, 4)

createServer(async (request, response) => {
  const given = new URL(request.url, 'http://localhost').searchParams.get('secret') ?? ''
  response.statusCode = (await bcrypt.compare(given, secret)) ? 200 : 401
  response.end()
}).listen(3000)

const { createServer } = require('node:http')
const { createClient } = require('redis')

const client = createClient({ url: process.env.REDIS_URL })
client.on('error', (error) => console.error(error.message))

createServer(async (request, response) => {
  const [, kind, number] = request.url.split('/')
  if (kind !== 'parcels' || !number) return response.writeHead(404).end()
  if (request.method === 'POST') {
    await client.lPush('parcels', number)
    return response.writeHead(202).end()
  }
  const place = await client.get(`place:${number}`)
  response.writeHead(place ? 200 : 404).end(place ?? '')
}).listen(process.env.PORT)

client.connect()

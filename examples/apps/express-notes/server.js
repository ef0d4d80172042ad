const express = require('express')

const app = express()
const notes = ['buy milk']

app.use(express.json())
app.get('/notes', (request, response) => response.json(notes))
app.post('/notes', (request, response) => {
  notes.push(request.body.text ?? '')
  response.sendStatus(201)
})

const server = app.listen(3000, () => console.log('listening on 3000'))
process.on('SIGTERM', () => server.close())

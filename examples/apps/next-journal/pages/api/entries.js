export default function entries(request, response) {
  response.status(200).json([{ text: 'began to write' }])
}

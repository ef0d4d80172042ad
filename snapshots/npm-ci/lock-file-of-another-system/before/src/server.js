import 'dotenv/config'
import polka from 'polka'

polka()
  .get('/', (req, res) => res.end('ok'))
  .listen(process.env.PORT || 3000)

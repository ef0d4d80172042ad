import 'bufferutil'
import polka from 'polka'

polka().listen(3000)

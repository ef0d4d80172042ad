const { stop } = require('./lib/life')
stop()

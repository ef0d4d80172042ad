require('http').createServer((_, reply) => reply.end('ok')).listen(3000)

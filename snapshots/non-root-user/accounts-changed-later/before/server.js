require("http").createServer((_, r) => r.end("x")).listen(3000)

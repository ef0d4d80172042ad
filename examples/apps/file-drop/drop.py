import argparse
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

words = argparse.ArgumentParser()
words.add_argument("--directory", type=Path, required=True)
words.add_argument("--port", type=int, default=9000)
asked = words.parse_args()


class Drop(BaseHTTPRequestHandler):
    def place(self):
        return asked.directory / Path(self.path).name

    def do_PUT(self):
        self.place().write_bytes(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.send_response(201)
        self.end_headers()

    def do_GET(self):
        found = self.place().is_file()
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            self.wfile.write(self.place().read_bytes())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", asked.port), Drop).serve_forever()

/**
 * Stand-ins for the services a stack is made of, from Debian's packages. Their entrypoints do what the official ones do:
 * start as root, make their data on the first start with a server that nobody else can reach, and step down.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEBIAN, dockerfileRecipe, type Recipe } from './recipe.js'

/** A recipe with a program of its own beside its Dockerfile. */
function withProgram(contents: string, name: string, program: string, dockerfile: string): Recipe {
  return dockerfileRecipe({
    base: DEBIAN,
    contents,
    dockerfile,
    ingredients: async () => [program],
    prepare: (context) => writeFile(join(context, name), program, { mode: 0o755 }),
  })
}

/** On the first start its scripts run before anybody outside the container can connect, however long they take. */
const postgres = withProgram(
  'PostgreSQL 15 of Debian 12',
  'entrypoint',
  `#!/bin/bash
set -e
case $1 in -*) set -- postgres "$@" ;; esac
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec gosu postgres "$0" "$@"
fi
user=\${POSTGRES_USER:-postgres}
database=\${POSTGRES_DB:-$user}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$user" --pwfile=<(printf '%s\\n' "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 > /dev/null
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
  pg_ctl --wait --silent --options="-c listen_addresses=''" start
  [ "$database" = postgres ] || createdb --username="$user" "$database"
  for script in /docker-entrypoint-initdb.d/*.sql; do
    [ ! -f "$script" ] || psql --quiet --username="$user" --dbname="$database" --file="$script" > /dev/null
  done
  pg_ctl --wait --silent --mode=fast stop
fi
exec "$@"
`,
  `FROM ${DEBIAN}
RUN mkdir /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \\
 && apt-get update && apt-get install -y --no-install-recommends postgresql-15 gosu && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
COPY entrypoint /usr/local/bin/
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["entrypoint"]
CMD ["postgres"]
`,
)

/** The official image is compiled without the protected mode that Debian's package starts in. */
const redis = withProgram(
  'Redis 7.0 of Debian 12',
  'entrypoint',
  `#!/bin/sh
set -e
case $1 in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  chown redis .
  exec gosu redis "$0" "$@"
fi
[ "$1" != redis-server ] || set -- "$@" --protected-mode no
exec "$@"
`,
  `FROM ${DEBIAN}
RUN apt-get update && apt-get install -y --no-install-recommends redis-server gosu && rm -rf /var/lib/apt/lists/*
COPY entrypoint /usr/local/bin/
WORKDIR /data
VOLUME /data
ENTRYPOINT ["entrypoint"]
CMD ["redis-server"]
`,
)

/** Debian has no MinIO. Buckets are folders and objects are files below the folder that is served. */
const minio = withProgram(
  'not MinIO, a small server that takes buckets and objects',
  'minio',
  `#!/usr/bin/python3
import os
import signal
import sys
from argparse import ArgumentParser
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

words = ArgumentParser()
words.add_argument("action", choices=["server"])
words.add_argument("folder", type=Path)
words.add_argument("--address", default=":9000")
words.add_argument("--console-address")
asked = words.parse_args()
who = "Credential=" + os.environ.get("MINIO_ROOT_USER", "minioadmin") + "/"


class Storage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, code="", **headers):
        body = f"<Error><Code>{code}</Code></Error>".encode() if code else b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200 if self.path == "/minio/health/live" else 404)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if who not in self.headers.get("Authorization", ""):
            return self.answer(403, "AccessDenied")
        bucket, _, name = self.path.split("?")[0].strip("/").partition("/")
        place = asked.folder / bucket / name
        if not name:
            if place.exists():
                return self.answer(409, "BucketAlreadyOwnedByYou")
            place.mkdir(parents=True)
            return self.answer(200)
        if not place.parent.exists():
            return self.answer(404, "NoSuchBucket")
        place.write_bytes(body)
        self.answer(200, ETag='"' + md5(body).hexdigest() + '"')


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
host, _, port = asked.address.rpartition(":")
ThreadingHTTPServer((host, int(port)), Storage).serve_forever()
`,
  `FROM ${DEBIAN}
RUN apt-get update && apt-get install -y --no-install-recommends python3 curl && rm -rf /var/lib/apt/lists/*
COPY minio /usr/local/bin/
VOLUME /data
ENTRYPOINT ["minio"]
`,
)

export const SERVICES: Readonly<Record<string, Recipe>> = {
  'postgres:16': postgres,
  'redis:7': redis,
  'minio/minio:latest': minio,
}

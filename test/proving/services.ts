/**
 * Stand-ins for the images of services, made of Debian's packages under the names of the real ones. Like those they start
 * as root, make their data on the first start with a server that nobody else can reach, and step down.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEBIAN, dockerfileRecipe, type Recipe } from './recipe.js'

/** A recipe with a program of its own beside its Dockerfile. */
function withProgram(name: string, program: string, dockerfile: string): Recipe {
  return dockerfileRecipe({
    base: DEBIAN,
    dockerfile,
    ingredients: async () => [program],
    prepare: (context) => writeFile(join(context, name), program, { mode: 0o755 }),
  })
}

/** PostgreSQL 15, which is what Debian 12 has. */
const postgres = withProgram(
  'entrypoint',
  `#!/bin/bash
set -e
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
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
  pg_ctl --wait --silent --options="-c listen_addresses=''" start
  [ "$database" = postgres ] || createdb --username="$user" "$database"
  pg_ctl --wait --silent --mode=fast stop
fi
exec "$@" -c listen_addresses='*'
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

const redis = withProgram(
  'entrypoint',
  `#!/bin/sh
set -e
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

/** No object storage: it says that it is alive, and takes what it is given. Debian has no MinIO. */
const minio = withProgram(
  'minio',
  `#!/usr/bin/python3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Storage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        alive = self.path == "/minio/health/live"
        self.send_response(200 if alive or self.command == "PUT" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_PUT = answer


ThreadingHTTPServer(("", 9000), Storage).serve_forever()
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

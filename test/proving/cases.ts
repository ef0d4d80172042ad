/**
 * What is proved by real builds, as data. Each case is a project that works as it stands (that is proved first), and a
 * statement of who it runs as before and after harden. To add one, add a record: nothing else knows the cases.
 */

/** One HTTP request the running service must answer. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  /** What is sent along, as text. */
  readonly body?: string
  readonly status: number
  /** What the answer contains. */
  readonly answer?: string
}

/** One image of one project. */
export interface BuildCase {
  readonly name: string
  /** A directory below `examples/`, or the files themselves. */
  readonly project: string | Readonly<Record<string, string>>
  /** The build context below the project; its Dockerfile is the one that is built. */
  readonly context?: string
  /** The base images the Dockerfile names. */
  readonly bases: readonly string[]
  /** Every transform, or only these. */
  readonly only?: readonly string[]
  readonly port?: number
  readonly requests?: readonly Request[]
  /** Where a fresh named volume is mounted, as Compose would. */
  readonly volumes?: readonly string[]
  /** Files the service itself writes at run time: each must exist and belong to the user it runs as. */
  readonly writes: readonly string[]
  /** The user of process 1: as the project stands, and after harden. */
  readonly uid: { readonly before: number; readonly after: number }
  /** The repaired image has a health check, and the engine finds the container healthy. */
  readonly healthy?: true
  /** harden must leave every file of the project as it is. */
  readonly unchanged?: true
}

/** The transforms whose repairs are proved here. */
export const PROVED = [
  'non-root-user',
  'owned-copies',
  'unique-requirements',
  'image-healthcheck',
  'service-healthchecks',
  'dev-requirements',
] as const

const PYTHON = 'python:3.11-slim-bookworm'
const NODE = 'node:20-slim'
const ALPINE = 'alpine:3.20'

/** harden's own account, where the image has none to reuse. */
const APP = 10001

export const CASES: readonly BuildCase[] = [
  {
    name: 'django-shop',
    project: 'django-shop',
    bases: [PYTHON],
    port: 8000,
    requests: [
      { method: 'GET', path: '/', status: 200 },
      { method: 'POST', path: '/pricelist/', status: 201 },
    ],
    volumes: ['/app/media'],
    writes: ['/app/data/shop.sqlite3', '/app/media/pricelists/current.csv'],
    uid: { before: 0, after: APP },
  },
  {
    name: 'django-shop, reports',
    project: 'django-shop',
    context: 'reports',
    bases: [PYTHON],
    writes: ['/srv/reports/out/turnover.csv'],
    uid: { before: 1001, after: 1001 },
  },
  {
    name: 'a node server that writes next to its code',
    project: {
      Dockerfile: `FROM ${NODE}
WORKDIR /usr/src/app
COPY package.json ./
COPY . .
EXPOSE 3000
CMD ["node", "server.js"]
`,
      'package.json': '{ "name": "visits", "version": "1.0.0", "private": true, "type": "module" }\n',
      'server.js': `import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
createServer((request, response) => {
  appendFileSync('visits.log', request.url + '\\n')
  response.end('noted')
}).listen(3000)
process.on('SIGTERM', () => process.exit(0))
`,
    },
    bases: [NODE],
    only: PROVED,
    port: 3000,
    requests: [{ method: 'GET', path: '/', status: 200 }],
    writes: ['/usr/src/app/visits.log'],
    uid: { before: 0, after: 1000 },
  },
  {
    name: 'a shell server on alpine',
    project: {
      Dockerfile: `FROM ${ALPINE}
WORKDIR /srv/site
COPY . .
CMD ["sh", "serve.sh"]
`,
      'serve.sh': `mkdir -p generated
date > generated/index.html
exec httpd -f -p 8080 -h generated
`,
    },
    bases: [ALPINE],
    only: PROVED,
    port: 8080,
    requests: [{ method: 'GET', path: '/', status: 200 }],
    writes: ['/srv/site/generated/index.html'],
    uid: { before: 0, after: APP },
  },
  {
    name: 'gunicorn, with tools for tests among its requirements',
    project: {
      Dockerfile: `FROM ${PYTHON}
WORKDIR /srv/notes
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 8000
CMD ["gunicorn", "notes:app", "--bind", "0.0.0.0:8000"]
`,
      'requirements.txt': 'gunicorn==23.0.0\npytest==8.3.4\n',
      'notes.py': `from pathlib import Path


def app(environ, start_response):
    Path("notes.txt").write_text("seen")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"notes"]
`,
    },
    bases: [PYTHON],
    port: 8000,
    requests: [{ method: 'GET', path: '/', status: 200 }],
    writes: ['/srv/notes/notes.txt'],
    uid: { before: 0, after: APP },
    healthy: true,
  },
  {
    name: 'a node server on the port in PORT',
    project: {
      Dockerfile: `FROM ${NODE}
ENV PORT=3000
WORKDIR /app
COPY . .
EXPOSE 3000
CMD ["node", "server.js"]
`,
      'server.js': `require('node:http')
  .createServer((_, response) => {
    require('node:fs').writeFileSync('seen', 'x')
    response.end('hello')
  })
  .listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`,
    },
    bases: [NODE],
    port: 3000,
    requests: [{ method: 'GET', path: '/', status: 200 }],
    writes: ['/app/seen'],
    uid: { before: 0, after: 1000 },
    healthy: true,
  },
  {
    name: 'python with a VOLUME',
    project: {
      Dockerfile: `FROM ${PYTHON}
WORKDIR /app
COPY . .
RUN mkdir /data
VOLUME /data
CMD ["python", "keep.py"]
`,
      'keep.py': `import time
with open('/data/started', 'w') as out:
    out.write('now')
time.sleep(3600)
`,
    },
    bases: [PYTHON],
    only: PROVED,
    writes: ['/data/started'],
    uid: { before: 0, after: APP },
  },
  {
    name: 'an account that is made and never used',
    project: {
      Dockerfile: `FROM ${PYTHON}
RUN groupadd --gid 1500 clerk && useradd --uid 1500 --gid 1500 --create-home clerk
WORKDIR /office
COPY . .
CMD ["python", "clerk.py"]
`,
      'clerk.py': `import time
with open('notes.txt', 'w') as out:
    out.write('noted')
time.sleep(3600)
`,
    },
    bases: [PYTHON],
    only: PROVED,
    writes: ['/office/notes.txt'],
    uid: { before: 0, after: 1500 },
  },
  {
    name: 'an entrypoint that steps down by itself',
    project: {
      Dockerfile: `FROM ${PYTHON}
RUN groupadd --gid 1600 keeper && useradd --uid 1600 --gid 1600 --create-home keeper
WORKDIR /srv/keeper
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN chmod 755 /usr/local/bin/docker-entrypoint.sh
COPY keeper.py .
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["python", "keeper.py"]
`,
      'docker-entrypoint.sh': `#!/bin/sh
set -e
mkdir -p /var/lib/keeper
chown -R keeper:keeper /var/lib/keeper
exec setpriv --reuid=keeper --regid=keeper --init-groups "$@"
`,
      'keeper.py': `import time
with open('/var/lib/keeper/state', 'w') as out:
    out.write('kept')
time.sleep(3600)
`,
    },
    bases: [PYTHON],
    only: PROVED,
    writes: ['/var/lib/keeper/state'],
    uid: { before: 1600, after: 1600 },
    unchanged: true,
  },
  {
    name: 'an account without fixed ids, and chown behind the copy',
    project: {
      Dockerfile: `FROM ${PYTHON}
WORKDIR /app
COPY . .
RUN mkdir -p /app/uploads \\
    && groupadd -r web && useradd -r -g web web \\
    && chown -R web:web /app
USER web
CMD ["python", "app.py"]
`,
      'app.py': `import time
with open('/app/uploads/first', 'w') as out:
    out.write('1')
with open('/app/second', 'w') as out:
    out.write('2')
time.sleep(3600)
`,
    },
    bases: [PYTHON],
    only: PROVED,
    writes: ['/app/uploads/first', '/app/second'],
    // The system gives out the first free id below 1000.
    uid: { before: 999, after: APP },
  },
  {
    name: 'an account on alpine, made and never used, without fixed ids',
    project: {
      Dockerfile: `FROM ${ALPINE}
RUN addgroup -S site && adduser -S -D -H -h /site -G site site
WORKDIR /site
COPY serve.sh page ./
RUN chmod u+x /site/serve.sh
CMD ["/site/serve.sh"]
`,
      page: 'hello\n',
      'serve.sh': `#!/bin/sh
mkdir -p /site/out
cp /site/page /site/out/index.html
exec httpd -f -p 8080 -h /site/out
`,
    },
    bases: [ALPINE],
    only: PROVED,
    port: 8080,
    requests: [{ method: 'GET', path: '/', status: 200 }],
    writes: ['/site/out/index.html'],
    uid: { before: 0, after: APP },
  },
  {
    name: 'a named volume below the working directory',
    project: {
      'compose.yaml': `services:
  app:
    build: .
    volumes:
      - uploads:/app/uploads
volumes:
  uploads:
`,
      Dockerfile: `FROM ${PYTHON}
WORKDIR /app
COPY . .
CMD ["python", "app.py"]
`,
      'app.py': `import time
with open('/app/uploads/first', 'w') as out:
    out.write('1')
time.sleep(3600)
`,
    },
    bases: [PYTHON],
    only: PROVED,
    volumes: ['/app/uploads'],
    writes: ['/app/uploads/first'],
    uid: { before: 0, after: APP },
  },
]

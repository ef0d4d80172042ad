/**
 * The applications below `examples/apps`, as data: small programs with real packages and Dockerfiles as people write them.
 * Each works as it stands, and has to work afterwards; here stands how to see that it does. To add one, add its folder
 * and a record: nothing else knows them.
 */
import type { Request } from './cases.js'

/** What one image of an application does once it is started. */
export interface Expected {
  /** The build context below the application's folder. */
  readonly context?: string
  /** Where it listens inside; a worker and a job do not. */
  readonly port?: number
  readonly exchanges?: readonly Request[]
  /** A piece of a line that it prints once it is at work. */
  readonly says?: string
  /** It does its work and ends by itself, with the code 0. */
  readonly ends?: true
  /** Files that it has written by then. */
  readonly writes?: readonly string[]
  /** Where volumes are mounted; those of Compose stand in its own file. */
  readonly volumes?: readonly string[]
  /** The user of process 1: as the application stands, and once it is repaired. */
  readonly uid: { readonly before: number; readonly after: number }
  /** Once it is repaired it ends within 3 seconds of being told to, with no need to be killed. */
  readonly stops?: true
}

/** An application. */
export interface App {
  /** Its folder. */
  readonly name: string
  /** The images that its files name. */
  readonly bases: readonly string[]
  /** Those that its repaired files may name besides. */
  readonly basesAfter?: readonly string[]
  /** It is started as a whole, with docker-compose; the others are one image that is started alone. */
  readonly compose?: true
  /** By the name of the service; the one image of an application without Compose is `app`. */
  readonly services: Readonly<Record<string, Expected>>
}

const PYTHON = 'python:3.11-slim'
const BOOKWORM = 'python:3.11-slim-bookworm'
const NODE = 'node:20-slim'
const GO = 'golang:1.26-bookworm'
const NGINX = 'nginx:1.22'
const UNPRIVILEGED = 'nginxinc/nginx-unprivileged:1.30-alpine'
const DISTROLESS = 'gcr.io/distroless/static-debian12:nonroot'

/** harden's own account, for images that have none; the one of Node's images; the one of nginx; that of distroless. */
const OWN = { before: 0, after: 10001 }
const OF_NODE = { before: 0, after: 1000 }
const OF_NGINX = { before: 0, after: 101 }
const OF_DISTROLESS = { before: 0, after: 65532 }

const get = (path: string, answer: string): Request => ({ method: 'GET', path, status: 200, answer })

/** An application that is one image. */
const single = (name: string, base: string, app: Expected, ...basesAfter: string[]): App => ({
  name,
  bases: [base],
  basesAfter,
  services: { app },
})

export const APPS: readonly App[] = [
  single('flask-guestbook', PYTHON, {
    port: 5000,
    exchanges: [
      get('/', '[]'),
      { method: 'POST', path: '/entries', status: 201, answer: 'thank you' },
      get('/', 'somebody'),
    ],
    writes: ['/app/data/entries.jsonl'],
    uid: OWN,
  }),
  single('gunicorn-recipes', 'python:3.11', {
    port: 8000,
    exchanges: [get('/', 'What we cook'), get('/recipes/porridge', '<strong>oats</strong>')],
    uid: OWN,
    stops: true,
  }),
  single('django-gallery', BOOKWORM, {
    port: 8000,
    exchanges: [
      { method: 'POST', path: '/upload/?title=Boats', status: 201, answer: 'pictures/picture' },
      get('/', 'Boats'),
    ],
    writes: ['/gallery/db.sqlite3', '/gallery/media/pictures/picture.png'],
    uid: OWN,
  }),
  single('fastapi-items', PYTHON, {
    port: 8000,
    exchanges: [
      get('/health', '"items":0'),
      { method: 'PUT', path: '/items/7', status: 201 },
      get('/items/7', 'thing'),
    ],
    uid: OWN,
    stops: true,
  }),
  {
    name: 'celery-letters',
    bases: [PYTHON, 'redis:7'],
    compose: true,
    services: {
      web: {
        port: 8000,
        exchanges: [get('/', '<form'), { method: 'POST', path: '/letters', status: 202, answer: 'queued' }],
        uid: OWN,
      },
      worker: { says: 'succeeded in', writes: ['/srv/letters/outbox/nobody.txt'], uid: OWN },
    },
  },
  single('c-extension', BOOKWORM, {
    port: 8080,
    exchanges: [get('/?a=barn&b=born', '"distance": 1')],
    uid: OWN,
  }),
  single('magic-types', PYTHON, {
    port: 8080,
    exchanges: [{ method: 'POST', path: '/', body: '%PDF-1.4\n', status: 200, answer: 'application/pdf' }],
    uid: OWN,
  }),
  single('migrating-ledger', BOOKWORM, {
    port: 8000,
    exchanges: [{ method: 'POST', path: '/entries', status: 201, answer: 'noted' }, get('/balance', '"balance":1')],
    says: 'migrating: migrations/002_index.sql',
    writes: ['/ledger/var/ledger.db'],
    uid: OWN,
    stops: true,
  }),
  single('aiohttp-status', PYTHON, {
    port: 8080,
    exchanges: [get('/', '"status"'), get('/ready', 'ready')],
    uid: OWN,
    stops: true,
  }),
  single('file-drop', 'debian:bookworm-slim', {
    port: 9000,
    exchanges: [{ method: 'PUT', path: '/letter', body: 'dear you', status: 201 }, get('/letter', 'dear you')],
    writes: ['/data/letter'],
    volumes: ['/data'],
    uid: OWN,
    stops: true,
  }),
  single('hashed-feeds', PYTHON, {
    port: 7000,
    exchanges: [get('/feed', 'Rain until Friday')],
    uid: OWN,
  }),
  single('batch-turnover', PYTHON, {
    says: '2024-01         200',
    ends: true,
    uid: OWN,
  }),
  single('express-notes', NODE, {
    port: 3000,
    exchanges: [get('/notes', 'buy milk'), { method: 'POST', path: '/notes', status: 201 }],
    uid: OF_NODE,
    stops: true,
  }),
  single('express-views', 'node:20', {
    port: 8080,
    exchanges: [get('/?name=Ada', 'Hello, Ada'), get('/public/site.css', 'teal'), get('/healthz', 'ok')],
    uid: OF_NODE,
  }),
  single('nest-tasks', 'node:20-bookworm-slim', {
    port: 3000,
    exchanges: [
      get('/tasks', 'water the plants'),
      { method: 'POST', path: '/tasks', status: 201, answer: '"tasks":2' },
    ],
    uid: OF_NODE,
  }),
  single('next-journal', NODE, {
    port: 3000,
    exchanges: [get('/', 'Journal'), get('/api/entries', 'began to write'), get('/robots.txt', 'Allow')],
    uid: OF_NODE,
    stops: true,
  }),
  single(
    'vite-board',
    NODE,
    {
      port: 4173,
      exchanges: [get('/', '<title>Board</title>')],
      uid: OF_NGINX,
      stops: true,
    },
    UNPRIVILEGED,
  ),
  {
    name: 'fastify-counter',
    bases: [NODE],
    compose: true,
    services: {
      counter: {
        port: 3000,
        exchanges: [get('/', '"count":1'), get('/', '"count":2')],
        writes: ['/srv/counter/data/count'],
        uid: OF_NODE,
        stops: true,
      },
    },
  },
  single('bcrypt-accounts', NODE, {
    port: 3000,
    exchanges: [
      { method: 'GET', path: '/?secret=keyboard-cat', status: 200 },
      { method: 'GET', path: '/?secret=dog', status: 401 },
    ],
    uid: OF_NODE,
  }),
  single(
    'go-clock',
    GO,
    {
      port: 8080,
      exchanges: [get('/?zone=Asia/Tokyo', '+09:00')],
      uid: OF_DISTROLESS,
      stops: true,
    },
    DISTROLESS,
  ),
  single(
    'go-pages',
    GO,
    {
      port: 8090,
      exchanges: [get('/here', 'You are at /here'), get('/static/pages.css', 'font-weight')],
      uid: OF_DISTROLESS,
      stops: true,
    },
    DISTROLESS,
  ),
  single('nginx-handbook', NGINX, {
    port: 80,
    exchanges: [
      get('/', 'Handbook'),
      get('/chapter.html', 'It begins'),
      { method: 'GET', path: '/healthz', status: 204 },
    ],
    uid: OF_NGINX,
    stops: true,
  }),
  {
    name: 'parcel-services',
    bases: [NGINX, NODE, PYTHON, 'redis:7'],
    compose: true,
    services: {
      web: {
        context: 'web',
        port: 80,
        exchanges: [get('/', 'Where is my parcel?'), { method: 'POST', path: '/api/parcels/41', status: 202 }],
        uid: OF_NGINX,
        stops: true,
      },
      api: { context: 'api', uid: OF_NODE, stops: true },
      worker: { context: 'worker', says: 'seen 41', writes: ['/worker/worker.log'], uid: OWN },
    },
  },
  single('busybox-weather', 'alpine:3.20', {
    port: 8080,
    exchanges: [get('/', 'it rains')],
    says: 'the weather is served on 8080',
    writes: ['/weather/www/index.html'],
    uid: OWN,
  }),
]

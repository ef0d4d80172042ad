import { beforeAll, describe, expect, it } from 'vitest'
import { documentOf, loadLenses } from '../../src/documents/index.js'
import { projectOf, textFile } from '../../src/project.js'
import { isProven, lacksItsProbe, servingOf } from '../../src/relations/serving.js'
import { surroundingsOf, usesOf } from '../../src/relations/uses.js'

beforeAll(() => loadLenses(['Dockerfile', 'compose.yaml']))

function served(dockerfile: string, files: Readonly<Record<string, string>> = {}) {
  const all = { Dockerfile: dockerfile, ...files }
  const project = projectOf(Object.entries(all).map(([path, text]) => textFile(path, text)))
  const [use] = usesOf(documentOf(project.read('Dockerfile')!, 'dockerfile')!, project)
  const outcome = servingOf(use!.image, use!.starts[0]!, surroundingsOf(use!, project))
  if (!outcome) return undefined
  return isProven(outcome) ? { port: outcome.port, by: outcome.prober.by } : outcome.objections[0]!.note
}

const python = (command: string, before = '') =>
  `FROM python:3.12-slim\n${before}WORKDIR /app\nCOPY . .\nCMD ${command}\n`
const node = (command: string, before = '') => `FROM node:22-slim\n${before}WORKDIR /app\nCOPY . .\nCMD ${command}\n`

describe('the port a server listens on', () => {
  it.each([
    ['["gunicorn", "app", "-b", "0.0.0.0:8000"]', 8000],
    ['["gunicorn", "app", "--bind=[::]:8001"]', 8001],
    ['gunicorn app -b :8002 --access-logfile -', 8002],
    ['["uvicorn", "app:app", "--port", "8003", "--host", "0.0.0.0"]', 8003],
    ['["python", "-m", "uvicorn", "app:app", "--port=8004"]', 8004],
    ['["hypercorn", "app:app", "--bind", "0.0.0.0:8005"]', 8005],
    ['["daphne", "-b", "0.0.0.0", "-p", "8006", "app:app"]', 8006],
    ['["python", "manage.py", "runserver", "0.0.0.0:8007"]', 8007],
    ['["python", "manage.py", "runserver"]', 8000],
    ['["flask", "--app", "shop", "run", "--host", "0.0.0.0"]', { variable: 'FLASK_RUN_PORT', fallback: 5000 }],
    ['["fastapi", "run", "main.py", "--port", "80"]', 80],
    ['["python", "-m", "http.server", "9000"]', 9000],
    ['["streamlit", "run", "ui.py", "--server.port=8501"]', 8501],
    ['["waitress-serve", "--port=8080", "app:app"]', 8080],
    ['["gunicorn", "app"]', { variable: 'PORT', fallback: 8000 }],
    ['["poetry", "run", "uvicorn", "app:app", "--port", "8008"]', 8008],
  ])('%s', (command, port) => {
    expect(served(python(command))).toEqual({ port, by: 'python' })
  })

  it.each([
    ['["npx", "next", "start", "-p", "3001"]', '', 3001],
    ['["next", "start"]', 'ENV PORT=3002\n', { variable: 'PORT', fallback: 3002 }],
    ['["npx", "serve", "-s", "build", "-l", "3003"]', '', 3003],
    ['["npx", "vite", "preview", "--host", "--port", "4000"]', '', 4000],
    ['["node", "server.js"]', 'ENV PORT 3004\nEXPOSE 3004\n', { variable: 'PORT', fallback: 3004 }],
  ])('%s', (command, before, port) => {
    expect(served(node(command, before))).toEqual({ port, by: 'node' })
  })

  it.each([
    ['["gunicorn", "app", "-b", "unix:/run/x.sock"]', /no port/],
    ['["gunicorn", "app", "-b", "0.0.0.0:8000", "-b", "0.0.0.0:8001"]', /several places/],
    ['["gunicorn", "app", "-b", "10.0.0.5:8000"]', /cannot be asked from inside/],
    ['["uvicorn", "app:app", "--uds", "/run/x.sock"]', /left to --uds/],
    ['uvicorn app:app --port $WEB_PORT', /Nothing here sets WEB_PORT/],
    ['["gunicorn", "app", "-b", "0.0.0.0:web"]', /no port/],
  ])('is not known for %s', (command, why) => {
    expect(served(python(command))).toMatch(why)
  })

  it('is not taken from EXPOSE alone, nor from a variable that nothing exposes', () => {
    expect(served(node('["node", "server.js"]', 'EXPOSE 3000\n'))).toBeUndefined()
    expect(served(node('["node", "server.js"]', 'ENV PORT=3000\n'))).toBeUndefined()
  })

  it('is that of the service that runs it, where it sets the variable', () => {
    const compose = 'services:\n  web:\n    build: .\n    environment:\n      - PORT=9000\n'
    expect(served(python('["gunicorn", "app"]', 'ENV PORT=8000\n'), { 'compose.yaml': compose })).toEqual({
      port: { variable: 'PORT', fallback: 9000 },
      by: 'python',
    })
  })

  it.each(['["celery", "worker"]', '["python", "manage.py", "migrate"]', '["python", "job.py"]', '["sh"]'])(
    'nothing serves with %s',
    (command) => {
      expect(served(python(command))).toBeUndefined()
    },
  )
})

it.each([
  ['FROM node:22-slim\nHEALTHCHECK CMD curl -f http://127.0.0.1/\nCMD ["x"]\n', true],
  [
    'FROM node:22-slim\nRUN apt-get update && apt-get install -y curl\nHEALTHCHECK CMD curl -f http://x/\nCMD ["x"]\n',
    false,
  ],
  ['FROM node:22\nHEALTHCHECK CMD curl -f http://127.0.0.1/\nCMD ["x"]\n', false],
  ['FROM alpine:3.20\nHEALTHCHECK CMD ["wget", "-q", "http://127.0.0.1/"]\nCMD ["x"]\n', false],
  ['FROM alpine:3.20\nHEALTHCHECK CMD ["curl", "http://127.0.0.1/"]\nCMD ["x"]\n', true],
  ['FROM example/own\nHEALTHCHECK CMD curl http://127.0.0.1/\nCMD ["x"]\n', false],
])('a check that asks with what the image lacks is told: %s', (dockerfile, lacks) => {
  const project = projectOf([textFile('Dockerfile', dockerfile)])
  const [use] = usesOf(documentOf(project.read('Dockerfile')!, 'dockerfile')!, project)
  const check = use!.image.instructions.find(({ keyword }) => keyword === 'HEALTHCHECK')!
  expect(lacksItsProbe(use!.image, check)).toBe(lacks)
})

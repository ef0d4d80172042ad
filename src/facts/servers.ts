/**
 * Programs that answer on a port: how their command lines name it, and which they take if nothing does. From their own
 * documentation and `--help`; the options of gunicorn, uvicorn, hypercorn, daphne, waitress, flask and runserver were
 * read in their sources.
 */

/** What a server is written in, and so which interpreter is certain to be beside it. */
export type Runtime = 'python' | 'node' | 'nginx'

export interface Server {
  readonly name: string
  readonly runtime: Runtime
  /** The port it takes if nothing names one; missing where it takes none. */
  readonly port?: number
  /** The address it takes if nothing names one. */
  readonly address: string
  /** Options whose value is `address:port`, or a port alone. */
  readonly bindOptions: readonly string[]
  readonly portOptions: readonly string[]
  readonly addressOptions: readonly string[]
  /** Options that put it behind a socket file, or let a file decide. */
  readonly elsewhere: readonly string[]
  /** Environment variables that name the port where the command line does not. */
  readonly portVariables: readonly string[]
  /** Whether words that are no options may be `port` or `address:port`. */
  readonly takesPlace?: boolean
}

const python = {
  runtime: 'python',
  bindOptions: [],
  portOptions: [],
  addressOptions: [],
  elsewhere: [],
  portVariables: [],
} as const
const node = { ...python, runtime: 'node' } as const

/** By program, or by program and subcommand. */
const SERVERS: Readonly<Record<string, Server>> = {
  gunicorn: {
    ...python,
    name: 'gunicorn',
    // With PORT set it binds all addresses; without, the loopback alone.
    port: 8000,
    address: '127.0.0.1',
    bindOptions: ['-b', '--bind'],
    elsewhere: ['-c', '--config', '--paste', '--paster'],
    portVariables: ['PORT'],
  },
  uvicorn: {
    ...python,
    name: 'uvicorn',
    port: 8000,
    address: '127.0.0.1',
    portOptions: ['--port'],
    addressOptions: ['--host'],
    elsewhere: ['--uds', '--fd'],
    portVariables: ['UVICORN_PORT'],
  },
  hypercorn: {
    ...python,
    name: 'hypercorn',
    port: 8000,
    address: '127.0.0.1',
    bindOptions: ['-b', '--bind'],
    elsewhere: ['-c', '--config', '--insecure-bind', '--quic-bind'],
  },
  daphne: {
    ...python,
    name: 'daphne',
    port: 8000,
    address: '127.0.0.1',
    portOptions: ['-p', '--port'],
    addressOptions: ['-b', '--bind'],
    elsewhere: ['-u', '--unix-socket', '-e', '--endpoint', '--fd'],
  },
  granian: {
    ...python,
    name: 'granian',
    port: 8000,
    address: '127.0.0.1',
    portOptions: ['--port'],
    addressOptions: ['--host'],
    elsewhere: ['--uds'],
    portVariables: ['GRANIAN_PORT'],
  },
  'waitress-serve': {
    ...python,
    name: 'waitress',
    port: 8080,
    address: '0.0.0.0',
    bindOptions: ['--listen'],
    portOptions: ['--port'],
    addressOptions: ['--host'],
    elsewhere: ['--unix-socket'],
  },
  'flask run': {
    ...python,
    name: 'flask run',
    port: 5000,
    address: '127.0.0.1',
    portOptions: ['-p', '--port'],
    addressOptions: ['-h', '--host'],
    portVariables: ['FLASK_RUN_PORT'],
  },
  'fastapi run': {
    ...python,
    name: 'fastapi run',
    port: 8000,
    address: '0.0.0.0',
    portOptions: ['--port'],
    addressOptions: ['--host'],
    elsewhere: ['--uds'],
    portVariables: ['PORT'],
  },
  'manage.py runserver': {
    ...python,
    name: 'runserver',
    port: 8000,
    address: '127.0.0.1',
    takesPlace: true,
  },
  'streamlit run': {
    ...python,
    name: 'streamlit',
    port: 8501,
    address: '0.0.0.0',
    portOptions: ['--server.port'],
    addressOptions: ['--server.address'],
    portVariables: ['STREAMLIT_SERVER_PORT'],
  },
  'http.server': {
    ...python,
    name: 'http.server',
    port: 8000,
    address: '0.0.0.0',
    takesPlace: true,
    elsewhere: ['--bind'],
  },
  'next start': {
    ...node,
    name: 'next start',
    port: 3000,
    address: '0.0.0.0',
    portOptions: ['-p', '--port'],
    addressOptions: ['-H', '--hostname'],
    portVariables: ['PORT'],
  },
  'remix-serve': { ...node, name: 'remix-serve', port: 3000, address: '0.0.0.0', portVariables: ['PORT'] },
  'vite preview': {
    ...node,
    name: 'vite preview',
    port: 4173,
    address: 'localhost',
    portOptions: ['--port'],
    addressOptions: ['--host'],
    elsewhere: ['-c', '--config'],
  },
  'http-server': {
    ...node,
    name: 'http-server',
    port: 8080,
    address: '0.0.0.0',
    portOptions: ['-p', '--port'],
    addressOptions: ['-a'],
    portVariables: ['PORT'],
  },
  serve: {
    ...node,
    name: 'serve',
    port: 3000,
    address: '0.0.0.0',
    bindOptions: ['-l', '--listen'],
    portOptions: ['-p'],
    elsewhere: ['-c', '--config'],
    portVariables: ['PORT'],
  },
  nginx: { ...python, runtime: 'nginx', name: 'nginx', port: 80, address: '0.0.0.0', elsewhere: ['-c', '-p'] },
}

/** The server that a command starts, and the words behind its name; `undefined` for any other program. */
export function serverIn(
  words: readonly string[],
): { readonly server: Server; readonly args: readonly string[] } | undefined {
  const [program = '', ...rest] = words
  const name = program.slice(program.lastIndexOf('/') + 1)
  if (/^python[\d.]*$/.test(name)) return pythonServer(rest)
  if (name === 'manage.py' || name === 'django-admin') return named('manage.py runserver', rest)
  return (Object.hasOwn(SERVERS, name) ? { server: SERVERS[name]!, args: rest } : undefined) ?? subcommand(name, rest)
}

/** `python -m uvicorn …`, `python manage.py runserver …`. */
function pythonServer(words: readonly string[]): ReturnType<typeof serverIn> {
  const module = words.indexOf('-m')
  const script = words.findIndex((word) => !word.startsWith('-'))
  if (module >= 0 && (script < 0 || module < script)) return serverIn(words.slice(module + 1))
  return /(^|\/)manage\.py$/.test(words[script] ?? '')
    ? named('manage.py runserver', words.slice(script + 1))
    : undefined
}

/** A subcommand that may stand behind options of the program itself: `flask --app shop run`. */
function subcommand(name: string, words: readonly string[]): ReturnType<typeof serverIn> {
  for (const key of Object.keys(SERVERS)) {
    const [program, verb] = key.split(' ')
    if (program === name && verb && words.includes(verb)) return named(key, words)
  }
  return undefined
}

function named(key: string, words: readonly string[]): ReturnType<typeof serverIn> {
  const verb = words.indexOf(key.split(' ')[1]!)
  return verb < 0 ? undefined : { server: SERVERS[key]!, args: words.slice(verb + 1) }
}

import type { Port, Prober, Serving } from '../relations/serving.js'

/**
 * The words of a command that succeeds if the server's port takes a connection. It needs no shell, asks 127.0.0.1 (the
 * name localhost may mean the address that the server does not listen on), and reads a variable port at run time.
 */
export function connectProbe({ prober, port }: Serving): readonly string[] {
  switch (prober.by) {
    case 'python':
      return [
        prober.program,
        '-c',
        `import ${imports(port, 'socket')}; socket.create_connection(('127.0.0.1', ${pythonPort(port)}), 3).close()`,
      ]
    case 'node':
      return [
        prober.program,
        '-e',
        `require('net').connect(${nodePort(port)}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`,
      ]
    case 'nc':
      return ['nc', '-z', '127.0.0.1', String(numberOf(port))]
    case 'curl':
      return ['curl', '-s', '-o', '/dev/null', `http://127.0.0.1:${numberOf(port)}/`]
  }
}

/**
 * The words of a command that succeeds if the server answers a request with anything but an error of its own (5xx), in
 * time; missing where no interpreter can ask. Redirects and refusals are answers: the server is there.
 */
export function requestProbe({ prober, port }: Serving): readonly string[] | undefined {
  switch (prober.by) {
    case 'python':
      return [
        prober.program,
        '-c',
        `import ${imports(port, 'http.client', 'sys')}; c = http.client.HTTPConnection('127.0.0.1', ${pythonPort(port)}, timeout=3); c.request('GET', '/'); sys.exit(c.getresponse().status >= 500)`,
      ]
    case 'node':
      return [
        prober.program,
        '-e',
        `const no = () => process.exit(1); require('http').get({ host: '127.0.0.1', port: ${nodePort(port)}, path: '/', timeout: 3000 }, (r) => process.exit(r.statusCode < 500 ? 0 : 1)).on('error', no).on('timeout', no)`,
      ]
    default:
      return undefined
  }
}

/** Whether a probe can be written at all: a tool without a language cannot read a variable. */
export function canProbe(prober: Prober, port: Port): boolean {
  return prober.by === 'python' || prober.by === 'node' || typeof port === 'number'
}

/** How a person would say the port. */
export function portInWords(port: Port): string {
  if (typeof port === 'number') return `port ${port}`
  return port.fallback === undefined
    ? `the port in ${port.variable}`
    : `port ${port.fallback} (or the one in ${port.variable})`
}

function imports(port: Port, ...modules: readonly string[]): string {
  return typeof port === 'number' ? modules.join(', ') : ['os', ...modules].sort().join(', ')
}

function pythonPort(port: Port): string {
  if (typeof port === 'number') return String(port)
  const { variable, fallback } = port
  return fallback === undefined ? `int(os.environ['${variable}'])` : `int(os.environ.get('${variable}') or ${fallback})`
}

function nodePort(port: Port): string {
  if (typeof port === 'number') return String(port)
  const { variable, fallback } = port
  return fallback === undefined ? `process.env.${variable}` : `process.env.${variable} || ${fallback}`
}

function numberOf(port: Port): number | undefined {
  return typeof port === 'number' ? port : port.fallback
}

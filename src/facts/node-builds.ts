/**
 * What the build of a Node program needs and its running does not, and how the common tools are told apart. From the
 * tools' own documentation.
 */

/**
 * Packages of the system that only compile: interpreters, compilers and headers that node-gyp asks for. A library's
 * headers (`libpq-dev`) are not among them: which library they stand for at run time, only the system knows.
 */
export const COMPILING: ReadonlySet<string> = new Set(
  (
    'python python2 python3 python-is-python3 py3-setuptools python3-setuptools py3-pip python3-pip python3-dev ' +
    'make g++ gcc cmake build-essential build-base alpine-sdk libc-dev libc6-dev musl-dev linux-headers ' +
    'pkg-config pkgconf pkgconfig autoconf automake libtool node-gyp gyp'
  ).split(' '),
)

/** The programs those packages bring, which a program might start itself. */
export const COMPILERS = /^(python[23]?|make|g\+\+|gcc|cc|c\+\+|cmake|pkg-config)$/

/** Packages that keep what they download for run time outside of `node_modules`. */
export const DOWNLOADING =
  /^(puppeteer|playwright|playwright-(chromium|firefox|webkit)|@playwright\/.+|cypress|electron|chromedriver|geckodriver)$/

/** Signs of a repository whose packages are built together. */
export const MONOREPO = [
  'nx.json',
  'turbo.json',
  'lerna.json',
  'rush.json',
  'pnpm-workspace.yaml',
  '.pnp.cjs',
  '.pnp.js',
]

/** The server for development that a command starts. They keep caches below `node_modules`. */
export function developmentServer(words: readonly string[]): string | undefined {
  const [program = '', first, second] = words
  const name = program.slice(program.lastIndexOf('/') + 1)
  if (name === 'vite' && !/^(build|preview|optimize)$/.test(first ?? '')) return 'vite'
  if (name === 'react-scripts' && first === 'start') return 'react-scripts start'
  if (name === 'next' && (first === undefined || first.startsWith('-'))) return 'next dev'
  if (/^(next|nuxt|nuxi|astro)$/.test(name) && first === 'dev') return `${name} dev`
  if (name === 'ng' && first === 'serve') return 'ng serve'
  if (name === 'vue-cli-service' && first === 'serve') return 'vue-cli-service serve'
  if (name === 'gatsby' && first === 'develop') return 'gatsby develop'
  return name === 'webpack' && (first === 'serve' || second === 'serve') ? 'webpack serve' : undefined
}

/**
 * The server of files that takes the place of Node: nginx as an ordinary user, whose pages stand in `html` and whose
 * server is described in `conf`. From the recipes of nginx/docker-nginx-unprivileged, whose stable branch is 1.30.
 */
export const FILE_SERVER = {
  image: 'nginxinc/nginx-unprivileged:1.30-alpine',
  html: '/usr/share/nginx/html',
  conf: '/etc/nginx/conf.d/default.conf',
} as const

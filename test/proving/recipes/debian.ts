/** The root of every other stand-in: a minimal Debian, made from the archives this host is set up to use. */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { docker } from '../engine.js'
import { CA_BUNDLE, DEBIAN, type Recipe, withDirectory } from './recipe.js'

const command = promisify(execFile)
const MINUTE = 60_000
const CODENAME = 'bookworm'

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function textIfAny(path: string): Promise<string> {
  return (await exists(path)) ? readFile(path, 'utf8') : ''
}

interface DebianSource {
  readonly uri: string
  readonly suite: string
  readonly component: string
}

/** The Debian archives this host is set up to use, as apt itself resolves them. */
async function debianSources(): Promise<readonly DebianSource[]> {
  const format = '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)'
  const { stdout } = await command('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const lines = [...new Set(stdout.split('\n'))].filter((line) => line.startsWith('Debian ')).sort()
  const sources = lines.map((line) => {
    const [, uri = '', suite = '', component = ''] = line.split(' ')
    return { uri, suite, component }
  })
  const ours = sources.filter(({ suite }) => suite === CODENAME || suite.startsWith(`${CODENAME}-`))
  if (!ours.some(({ suite }) => suite === CODENAME)) {
    throw new Error(
      `apt on this host has no index of Debian ${CODENAME}: run apt-get update, or pull ${DEBIAN} yourself`,
    )
  }
  return ours
}

/** How this host reaches its archives (proxies, clock and retry settings), without its hooks and its index choices. */
async function acquisitionSettings(): Promise<string> {
  const { stdout } = await command('apt-config', ['dump', 'Acquire'])
  const carried = /^Acquire::(https?|Retries|Check-Valid-Until|Check-Date)\b/
  return stdout
    .split('\n')
    .filter((line) => carried.test(line) && !line.endsWith(' "";'))
    .map((line) => `${line}\n`)
    .join('')
}

const aptLines = (sources: readonly DebianSource[]): string =>
  sources.map(({ uri, suite, component }) => `deb ${uri} ${suite} ${component}\n`).join('')

/** Left out as in the slim images: documentation and what apt can fetch again. */
const NOT_IN_SLIM = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'var/lib/apt/lists', 'var/cache/apt']

/** Docker's name for it is DEBIAN. */
export const debian: Recipe = {
  contents: 'a root made by debootstrap',
  async ingredients() {
    const settings = await Promise.all([acquisitionSettings(), textIfAny('/etc/pip.conf'), textIfAny(CA_BUNDLE)])
    return [CODENAME, aptLines(await debianSources()), ...settings, ...NOT_IN_SLIM]
  },
  async make(engine, tag, labels) {
    if (process.getuid?.() !== 0) throw new Error(`debootstrap needs root: run as root, or pull ${tag} yourself`)
    const sources = await debianSources()
    const mirror = sources.find(({ suite }) => suite === CODENAME)?.uri ?? ''
    await withDirectory(async (directory) => {
      const root = join(directory, 'root')
      await command('debootstrap', ['--variant=minbase', CODENAME, root, mirror], {
        maxBuffer: 64 * 1024 * 1024,
        timeout: 15 * MINUTE,
      })
      for (const path of NOT_IN_SLIM) await rm(join(root, path), { recursive: true, force: true })
      await mkdir(join(root, 'var/lib/apt/lists/partial'), { recursive: true })
      await mkdir(join(root, 'var/cache/apt/archives/partial'), { recursive: true })
      await writeFile(join(root, 'etc/apt/sources.list'), aptLines(sources))
      await writeFile(join(root, 'etc/apt/apt.conf.d/90host'), await acquisitionSettings())
      await writeFile(join(root, 'etc/pip.conf'), await textIfAny('/etc/pip.conf'))
      await mkdir(join(root, dirname(CA_BUNDLE)), { recursive: true })
      await writeFile(join(root, CA_BUNDLE), await textIfAny(CA_BUNDLE))
      // Where update-ca-certificates looks, should a build install the ca-certificates package.
      const extra = '/usr/local/share/ca-certificates'
      if (await exists(extra)) await cp(extra, join(root, extra), { recursive: true, dereference: true })
      const archive = join(directory, 'root.tar')
      await command('tar', ['--create', '--file', archive, '--directory', root, '.'])
      const trust = ['SSL_CERT_FILE', 'PIP_CERT', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE']
      const changes = [
        `ENV ${trust.map((name) => `${name}=${CA_BUNDLE}`).join(' ')}`,
        'CMD ["bash"]',
        ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
      ]
      await docker(engine, ['import', ...changes.flatMap((change) => ['--change', change]), archive, tag], 5 * MINUTE)
    })
  },
}

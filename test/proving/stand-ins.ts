/**
 * Base images made on the spot. Where no registry can be pulled from, the names in a Dockerfile still have to mean
 * something: each recipe below builds an image under the real name that has the real image's accounts, paths and tools as
 * far as the proofs need them. They are stand-ins and their labels say so; an image of that name which is not ours (one
 * somebody pulled) is used as it is and never replaced. Built once per host, rebuilt when what they are made of changes.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { docker, type Engine, inspect } from './engine.js'
import { DEBIAN, dockerfileRecipe, type Recipe, withDirectory } from './recipe.js'
import { SERVICES } from './services.js'

const command = promisify(execFile)

/** Which image a stand-in replaces. */
const STAND_IN_LABEL = 'harden.stand-in'
/** The hash of everything the stand-in was made of. */
const RECIPE_LABEL = 'harden.stand-in.recipe'

const MINUTE = 60_000
const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt'
const CODENAME = 'bookworm'

/** What became of one base image. */
export interface BaseImage {
  readonly tag: string
  /** `own`: an image of that name was there already and is not one of our stand-ins. */
  readonly kind: 'stand-in' | 'own'
  readonly built: boolean
  readonly seconds: number
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function textIfAny(path: string): Promise<string> {
  return (await exists(path)) ? readFile(path, 'utf8') : ''
}

/* ------------------------------------------------------------------------------------------------------------ debian */

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

const debian: Recipe = {
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

/* ---------------------------------------------------------------------------------------------- images on top of it */

/**
 * CPython below /usr/local, as in the official images. Debian's own interpreter uses another installation scheme, so the
 * upstream tarball inside Debian's source package is compiled without Debian's patches. No profile-guided optimisation and
 * no test modules: this takes minutes instead of an hour.
 */
const python311 = dockerfileRecipe({
  base: DEBIAN,
  dockerfile: `FROM ${DEBIAN} AS build
RUN sed 's/^deb /deb-src /' /etc/apt/sources.list > /etc/apt/sources.list.d/source.list \\
 && apt-get update \\
 && apt-get install -y --no-install-recommends build-essential dpkg-dev pkg-config xz-utils libssl-dev zlib1g-dev \\
    libbz2-dev liblzma-dev libsqlite3-dev libffi-dev uuid-dev libreadline-dev libncurses-dev
WORKDIR /source
RUN apt-get source --tar-only python3.11 && tar --extract --file python3.11_*.orig.tar.* --strip-components=1
RUN ./configure --quiet --prefix=/usr/local --without-static-libpython --disable-test-modules --with-ensurepip=no \\
 && make --jobs=2 --silent
RUN make --silent install DESTDIR=/installed && rm -rf /installed/usr/local/share/man

FROM ${DEBIAN}
RUN apt-get update \\
 && apt-get install -y --no-install-recommends libssl3 zlib1g libbz2-1.0 liblzma5 libsqlite3-0 libffi8 libuuid1 \\
    libreadline8 libncursesw6 netbase tzdata \\
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /installed/usr/local /usr/local
RUN ln -s python3 /usr/local/bin/python && python -m ensurepip --default-pip && pip --version
ENV LANG=C.UTF-8
CMD ["python3"]
`,
})

async function npmDirectory(): Promise<string> {
  const { stdout } = await command('npm', ['root', '--global'])
  return realpath(join(stdout.trim(), 'npm'))
}

async function npmSettings(): Promise<string> {
  const { stdout } = await command('npm', ['config', 'get', 'registry'], { cwd: tmpdir() })
  return `registry=${stdout.trim()}\ncafile=${CA_BUNDLE}\n`
}

/** The node and npm this test runs on, with the account the official image has. */
const node20 = dockerfileRecipe({
  base: DEBIAN,
  dockerfile: `FROM ${DEBIAN}
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
RUN apt-get update && apt-get install -y --no-install-recommends libstdc++6 libatomic1 && rm -rf /var/lib/apt/lists/*
COPY local /usr/local
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \\
 && node --version && npm --version
CMD ["node"]
`,
  async ingredients() {
    const npm = JSON.parse(await readFile(join(await npmDirectory(), 'package.json'), 'utf8')) as { version: string }
    return [process.version, npm.version, await npmSettings()]
  },
  async prepare(context) {
    await mkdir(join(context, 'local/bin'), { recursive: true })
    await mkdir(join(context, 'local/etc'))
    await cp(await realpath(process.execPath), join(context, 'local/bin/node'))
    await cp(await npmDirectory(), join(context, 'local/lib/node_modules/npm'), { recursive: true })
    await writeFile(join(context, 'local/etc/npmrc'), await npmSettings())
  },
})

const ALPINE_ETC = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
  group: 'root:x:0:root\nusers:x:100:\nnobody:x:65534:\n',
  shadow: 'root:*::0:::::\nnobody:!::0:::::\n',
  shells: '/bin/sh\n/bin/ash\n',
  'os-release': 'NAME="Alpine Linux (stand-in made of BusyBox)"\nID=alpine\nVERSION_ID=3.20\n',
} as const

/**
 * BusyBox with the accounts of an Alpine root: its shell and its adduser, but no apk. Compiled, because the BusyBox that
 * Debian packages is configured without adduser and addgroup.
 */
const alpine320 = dockerfileRecipe({
  base: DEBIAN,
  dockerfile: `FROM ${DEBIAN} AS build
RUN sed 's/^deb /deb-src /' /etc/apt/sources.list > /etc/apt/sources.list.d/source.list \\
 && apt-get update \\
 && apt-get install -y --no-install-recommends build-essential dpkg-dev bzip2
WORKDIR /source
RUN apt-get source --tar-only busybox && tar --extract --file busybox_*.orig.tar.* --strip-components=1
RUN make defconfig > /dev/null \\
 && sed --in-place 's/^# CONFIG_STATIC is not set$/CONFIG_STATIC=y/' .config \\
 && make --jobs=2 busybox > /dev/null \\
 && ./busybox adduser --help 2>&1 | grep --quiet Usage

FROM scratch
COPY root /
COPY --from=build /source/busybox /bin/busybox
RUN ["/bin/busybox", "mkdir", "-p", "/dev", "/home", "/proc", "/sbin", "/srv", "/sys", "/usr/bin", "/usr/sbin", "/var/tmp"]
RUN ["/bin/busybox", "mkdir", "-m", "1777", "/tmp"]
RUN ["/bin/busybox", "mkdir", "-m", "0700", "/root"]
RUN ["/bin/busybox", "--install", "-s"]
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["/bin/sh"]
`,
  ingredients: async () => Object.values(ALPINE_ETC),
  async prepare(context) {
    await mkdir(join(context, 'root/etc'), { recursive: true })
    for (const [name, text] of Object.entries(ALPINE_ETC)) await writeFile(join(context, 'root/etc', name), text)
  },
})

const RECIPES: Readonly<Record<string, Recipe>> = {
  [DEBIAN]: debian,
  'python:3.11-slim-bookworm': python311,
  'python:3.11-slim': python311,
  'node:20-slim': node20,
  'alpine:3.20': alpine320,
  ...SERVICES,
}

/* ---------------------------------------------------------------------------------------------------------- ensure */

async function ensureOne(engine: Engine, tag: string): Promise<{ image: BaseImage; identity: string }[]> {
  const recipe = RECIPES[tag]
  if (!recipe) throw new Error(`no stand-in recipe for ${tag}: add one to test/proving/stand-ins.ts`)
  const bases = recipe.base ? await ensureOne(engine, recipe.base) : []
  const present = await inspect(engine, 'image', tag)
  if (present && present.Config.Labels?.[STAND_IN_LABEL] === undefined) {
    return [...bases, { image: { tag, kind: 'own', built: false, seconds: 0 }, identity: present.Id }]
  }
  const hash = createHash('sha256')
  for (const part of [bases.at(-1)?.identity ?? '', ...(await recipe.ingredients())]) hash.update(part).update('\0')
  const identity = hash.digest('hex')
  if (present?.Config.Labels?.[RECIPE_LABEL] === identity) {
    return [...bases, { image: { tag, kind: 'stand-in', built: false, seconds: 0 }, identity }]
  }
  const began = performance.now()
  await recipe.make(engine, tag, { [STAND_IN_LABEL]: tag, [RECIPE_LABEL]: identity })
  // The image this one replaces has lost its name; it stays only as long as something is built on it.
  if (present) await docker(engine, ['image', 'rm', present.Id]).catch(() => {})
  const seconds = Math.round((performance.now() - began) / 1000)
  return [...bases, { image: { tag, kind: 'stand-in', built: true, seconds }, identity }]
}

/** Sees to it that every one of these base images exists, building the stand-ins that are missing or out of date. */
export async function ensureBaseImages(engine: Engine, tags: readonly string[]): Promise<readonly BaseImage[]> {
  const images = new Map<string, BaseImage>()
  for (const tag of tags) {
    for (const { image } of await ensureOne(engine, tag))
      if (!images.get(image.tag)?.built) images.set(image.tag, image)
  }
  return [...images.values()]
}

/** Images that programs are written for: interpreters below /usr/local, and a small shell. */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { alsoKnown, CA_BUNDLE, DEBIAN, dockerfileRecipe, type Recipe } from './recipe.js'

const command = promisify(execFile)

/**
 * CPython below /usr/local, as in the official images. Debian's own interpreter uses another installation scheme, so the
 * upstream tarball inside Debian's source package is compiled without Debian's patches. No profile-guided optimisation and
 * no test modules: this takes minutes instead of an hour.
 */
const python311 = dockerfileRecipe({
  base: DEBIAN,
  contents: "CPython compiled from Debian's source",
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
 && apt-get install -y --no-install-recommends libssl3 zlib1g libbz2-1.0 liblzma5 libsqlite3-0 libffi8 libuuid1 libnsl2 \\
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
  contents: 'the Node.js that runs the tests',
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
  contents: 'BusyBox without apk',
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

/** What most packages are compiled with. The official images have it all, and more. */
const COMPILERS = [
  'autoconf automake bzip2 ca-certificates curl dpkg-dev file g++ gcc git gnupg libbz2-dev libc6-dev libcurl4-openssl-dev',
  'libffi-dev libjpeg-dev liblzma-dev libncurses-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool',
  'libxml2-dev libxslt1-dev libyaml-dev make openssh-client patch pkg-config procps python3 unzip wget xz-utils zlib1g-dev',
]

/** The image without "slim" in its name. */
function withCompilers(slim: string): Recipe {
  return dockerfileRecipe({
    base: slim,
    contents: `${slim} with compilers, version control and headers`,
    dockerfile: `FROM ${slim}
RUN apt-get update && apt-get install -y --no-install-recommends \\
    ${COMPILERS.join(' \\\n    ')} \\
 && rm -rf /var/lib/apt/lists/*
`,
  })
}

const PYTHON = 'python:3.11-slim-bookworm'
const NODE = 'node:20-slim'
const ALPINE = 'alpine:3.20'

export const LANGUAGES: Readonly<Record<string, Recipe>> = {
  [PYTHON]: python311,
  'python:3.11-slim': alsoKnown(PYTHON),
  'python:3.11': withCompilers(PYTHON),
  [NODE]: node20,
  'node:20-bookworm-slim': alsoKnown(NODE),
  'node:20': withCompilers(NODE),
  [ALPINE]: alpine320,
}

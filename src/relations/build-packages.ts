import type { Dockerfile, Instruction } from '../documents/dockerfile.js'
import { hasHeaders, isBuildTool, type Release, runtimeOf } from '../facts/build-packages.js'
import { isInPythonImages } from '../facts/python-images.js'
import { type NamedPackage, type PackageCommand, packageCommandsOf } from './package-commands.js'

/** A package that a RUN installs, and what of it a program needs once it is built. */
export interface SortedPackage {
  readonly named: NamedPackage
  /**
   * `tool`: compilers and their like · `library`: headers whose library is known · `headers`: headers of which it is not
   * known what they leave · `kept`: everything else.
   */
  readonly role: 'tool' | 'library' | 'headers' | 'kept'
  /** The packages that take its place where nothing is built any more. */
  readonly runtime: readonly string[]
}

/** An `apt-get install` or `apk add` of a stage. */
export interface SystemInstall {
  readonly run: Instruction
  readonly command: PackageCommand
  readonly packages: readonly SortedPackage[]
}

/** The system packages that RUNs install and do not remove again themselves. */
export function systemInstalls(
  document: Dockerfile,
  runs: readonly Instruction[],
  release: Release | undefined,
): readonly SystemInstall[] {
  return runs.flatMap((run) => {
    const commands = packageCommandsOf(document, run).filter(isOfSystem)
    if (commands.some(({ verb }) => /^(remove|purge|autoremove)$/.test(verb))) return []
    return commands
      .filter(({ verb }) => verb === 'install')
      .map((command) => ({ run, command, packages: command.packages.map((named) => sorted(named, release)) }))
  })
}

/** Whether a command is one of apt or apk. */
export function isOfSystem({ manager }: PackageCommand): boolean {
  return manager === 'apt-get' || manager === 'apt' || manager === 'apk'
}

/** Whether a RUN does nothing but bring the lists of packages up to date. */
export function isOfLists(document: Dockerfile, run: Instruction): boolean {
  const commands = packageCommandsOf(document, run)
  return commands.length > 0 && commands.every((command) => isOfSystem(command) && command.verb === 'update')
}

/** Whether only building needs a package, and it is known what takes its place. */
export function isForBuilding({ role }: SortedPackage): boolean {
  return role === 'tool' || role === 'library'
}

function sorted(named: NamedPackage, release: Release | undefined): SortedPackage {
  const { name } = named
  if (named.kind !== 'named') return { named, role: 'kept', runtime: [] }
  if (isBuildTool(name)) return { named, role: 'tool', runtime: release ? leftByTool(name, release) : [] }
  const left = release && runtimeOf(name, release)
  if (left) return { named, role: 'library', runtime: left.filter((each) => !isInPythonImages(each)) }
  return { named, role: hasHeaders(name) ? 'headers' : 'kept', runtime: [] }
}

/** What programs load that a compiler of theirs has made: on Alpine, nothing of that is there without the compiler. */
function leftByTool(name: string, release: Release): readonly string[] {
  if (release === 'alpine') {
    if (name === 'g++' || name === 'build-base' || name === 'alpine-sdk' || name === 'clang') return ['libstdc++']
    if (name === 'cargo' || name === 'rust') return ['libgcc']
    return name === 'gfortran' ? ['libgfortran'] : []
  }
  return name.startsWith('gfortran') ? ['libgfortran5'] : []
}

/** What no build asks for, whatever it builds: programs and libraries that only run. */
const ONLY_RUN =
  /^(lib[\w.+-]*\d(t64)?|postgresql-client(-\d+)?|(default-)?mysql-client|mariadb-client|redis-tools|nginx|supervisor|cron|procps|netcat(-openbsd|-traditional)?|iputils-ping|iproute2|net-tools|dnsutils|telnet|vim(-tiny)?|nano|less|htop|tini|dumb-init|gosu|su-exec|curl|wget|ffmpeg|imagemagick|ghostscript|poppler-utils|tesseract-ocr[\w-]*|wkhtmltopdf|libreoffice[\w-]*|chromium[\w-]*|fonts-[\w-]+|fontconfig|xvfb|graphviz|locales|tzdata|media-types|mime-support|shared-mime-info|gettext(-base)?|sqlite3|jq|openssh-client|rsync|gnupg2?|bash)$/

/** Whether a stage that only builds can do without a package. */
export function isOnlyForRunning({ named, role }: SortedPackage): boolean {
  return role === 'kept' && named.kind === 'named' && ONLY_RUN.test(named.name)
}

/**
 * Scripts that many Dockerfiles run right off the network, and what brings the same program without them. The replacements
 * are those that the projects name in their own documentation for images.
 */
interface Installer {
  readonly address: RegExp
  readonly instead: string
}

const INSTALLERS: readonly Installer[] = [
  {
    address: /\bdeb\.nodesource\.com\/setup/,
    instead: 'Copy Node from the image node of the same release of Debian, or start from it',
  },
  {
    address: /\binstall\.python-poetry\.org|get-poetry\.py/,
    instead: 'Install Poetry with pip, at a version, in an environment of its own',
  },
  { address: /\bastral\.sh\/uv\b/, instead: 'Copy /uv and /uvx from ghcr.io/astral-sh/uv at a version' },
  { address: /\bsh\.rustup\.rs\b/, instead: 'Build in a stage that starts from the image rust' },
  { address: /\bget\.docker\.com\b/, instead: 'Copy the docker program from the image docker at a version with -cli' },
  { address: /\bbun\.sh\/install\b/, instead: 'Copy bun from the image oven/bun at a version' },
  { address: /\bdeno\.land\/(x\/install|install)/, instead: 'Copy deno from the image denoland/deno with -bin' },
  { address: /\bget-pip\.py\b/, instead: 'Use the pip of the image python, or python3-pip of the system' },
  { address: /\bnvm-sh\/nvm\b/, instead: 'Start from the image node of that version, or copy Node from it' },
  { address: /\byarnpkg\.com\/install\.sh\b/, instead: 'Use the yarn of the image node, or corepack' },
  {
    address: /\bget-?composer\.org\/installer\b/,
    instead: 'Copy /usr/bin/composer from the image composer at a version',
  },
]

/** What brings the program of a well-known installer without running a script off the network. */
export function insteadOf(address: string): string | undefined {
  return INSTALLERS.find((installer) => installer.address.test(address))?.instead
}

/** Hosts whose certificates every list of authorities knows. */
const CERTIFIED = new Set(
  (
    'github.com raw.githubusercontent.com objects.githubusercontent.com codeload.github.com gitlab.com pypi.org ' +
    'files.pythonhosted.org registry.npmjs.org nodejs.org deb.nodesource.com dl.google.com storage.googleapis.com ' +
    'download.docker.com archive.apache.org dlcdn.apache.org repo.maven.apache.org repo1.maven.org go.dev ' +
    'bootstrap.pypa.io static.rust-lang.org sh.rustup.rs getcomposer.org julialang-s3.julialang.org ' +
    'downloads.ioncube.com packages.microsoft.com artifacts.elastic.co'
  ).split(' '),
)

/** Whether an address is fetched by TLS from a host whose certificate is known to hold. */
export function isCertified(address: string): boolean {
  const host = /^https:\/\/([\w.-]+)(?=[/?#]|$)/.exec(address)?.[1]
  return host !== undefined && CERTIFIED.has(host)
}

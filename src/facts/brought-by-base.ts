import { parseReference } from './base-images.js'

/** What the official images that hold a whole toolchain are made of (buildpack-deps, and what is built on it). */
const TOOLCHAIN = new Set(
  (
    'ca-certificates curl wget git gnupg openssh-client netbase patch make gcc g++ libc6-dev build-essential pkg-config ' +
    'file unzip bzip2 xz-utils autoconf automake libtool'
  ).split(' '),
)
const CERTIFICATES = new Set(['ca-certificates', 'netbase'])
const NONE: ReadonlySet<string> = new Set()

/** Images of Debian's family that hold certificates, as their recipes say; most others do not. */
const WITH_CERTIFICATES = new Set(
  (
    'python ruby php golang rust perl nginx httpd openjdk eclipse-temurin maven gradle buildpack-deps ' +
    'mcr.microsoft.com/dotnet/sdk mcr.microsoft.com/dotnet/aspnet mcr.microsoft.com/dotnet/runtime'
  ).split(' '),
)

/** The packages that a base image is known to hold, of those that others recommend. */
export function broughtByBase(image: string | undefined): ReadonlySet<string> {
  if (image === undefined) return NONE
  const { registry, repository, tag = 'latest' } = parseReference(image)
  const isSlim = /slim|minimal/.test(tag)
  if (registry === 'docker.io' && !isSlim && /^(?:buildpack-deps|python|node|ruby|perl|rust|golang)$/.test(repository))
    return TOOLCHAIN
  return WITH_CERTIFICATES.has(registry === 'docker.io' ? repository : `${registry}/${repository}`)
    ? CERTIFICATES
    : NONE
}

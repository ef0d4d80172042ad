/**
 * Images that programs run on without the tools that built them. Distroless: README of GoogleContainerTools/distroless,
 * 2026-08-21 (both Debian releases with the tags `latest` and `nonroot`). Debian and Alpine: official-images, same day.
 */
import { parseReference, type Reference } from './base-images.js'

/** Releases of Debian whose packages can still be had. */
const RELEASES: Readonly<Record<string, number>> = { bookworm: 12, trixie: 13 }

/** The release of Debian that a tag names. */
export function debianRelease({ tag = '' }: Reference): string | undefined {
  return /(?:^|-)(buster|bullseye|bookworm|trixie)(?:-|$)/.exec(tag)?.[1]
}

/** Whether the packages of a release can still be had. */
export function isServed(release: string): boolean {
  return Object.hasOwn(RELEASES, release)
}

/** The version of Alpine that a tag names; empty where it only says Alpine. */
export function alpineVersion({ tag = '' }: Reference): string | undefined {
  return /(?:^|-)alpine(\d+\.\d+)?(?:-|$)/.exec(tag)?.[0] === undefined
    ? undefined
    : (/alpine(\d+\.\d+)/.exec(tag)?.[1] ?? '')
}

/** For programs that need no C library. Their system matters to nobody: that of the build if it is made, or the newest. */
export function distrolessStatic(release: string | undefined): string {
  return `gcr.io/distroless/static-debian${release === 'bookworm' ? 12 : 13}:nonroot`
}

/** Where nobody says which release it should be. */
export const NEWEST_DEBIAN = 'debian:trixie-slim'
export const NEWEST_ALPINE = 'alpine:3.22'

/** Distroless with the C library, and the C++ library, of a release. */
export function distrolessWithC(release: string, how: 'c' | 'c++'): string | undefined {
  const number = isServed(release) ? RELEASES[release]! : 0
  return number > 0 ? `gcr.io/distroless/${how === 'c' ? 'base' : 'cc'}-debian${number}:nonroot` : undefined
}

/** Whether an image is one of a repository of the Docker Hub, or of the name as written. */
export function isOf(image: string | undefined, repository: string): Reference | undefined {
  if (image === undefined) return undefined
  const reference = parseReference(image)
  const name =
    reference.registry === 'docker.io' ? reference.repository : `${reference.registry}/${reference.repository}`
  return name === repository ? reference : undefined
}

/**
 * Which base images come without adduser and addgroup. Source: the package lists of Debian 13 (trixie), where adduser 3.152 is
 * of priority `important`, which base images leave out; openssh-client, which the full images of buildpack-deps bring,
 * depends on it, so that those have it. Tags without a release: library/ of docker-library/official-images, August 2026.
 */
import { baseImage, parseReference } from './base-images.js'

/** Releases of Debian from 13 on. */
const RELEASE = /(^|-)(trixie|forky|sid|unstable|testing)(-|$)/
/** Tags of debian that mean one of them: names that move on, and numbers. */
const DEBIAN = /^(latest|stable|stable-slim|1[3-9](\.\d+)?(-slim)?)$/
/** Tags of language images that move and have meant trixie since August 2025; a full version may be older. */
const MOVING: Readonly<Record<string, RegExp>> = {
  python: /^(3(\.(9|1\d))?-)?slim$/,
  ruby: /^([34](\.[3-9])?-)?slim$/,
  rust: /^(1-)?slim$/,
  node: /^26-slim$/,
}

/** Whether a base image is known to bring useradd and groupadd, but neither adduser nor addgroup. */
export function lacksAdduser(image: string): boolean {
  const { registry, repository, tag = 'latest', digest } = parseReference(image)
  if (digest !== undefined || registry !== 'docker.io') return false
  if (repository === 'debian') return DEBIAN.test(tag) || RELEASE.test(tag)
  if (baseImage(image)?.family !== 'debian') return false
  if (/(^|-)slim(-|$)/.test(tag) && RELEASE.test(tag)) return true
  return Object.hasOwn(MOVING, repository) && MOVING[repository]!.test(tag)
}

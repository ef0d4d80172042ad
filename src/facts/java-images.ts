/**
 * Which Java an image with a build tool brings, and the image that only runs it. Tags: official-images, 2026-08-21
 * (`maven`, `gradle`, `eclipse-temurin`).
 */
import { parseReference } from './base-images.js'

export interface JavaImage {
  readonly major: number
  /** Who made it, where that is not Eclipse Temurin. */
  readonly vendor: string | undefined
  /** What follows the version in the tags of Eclipse Temurin: `-alpine`, `-jammy` … */
  readonly system: string
}

/** Versions that are kept for years; of the others there is no image any more that gets its updates. */
const KEPT = new Set([8, 11, 17, 21, 25])

/** The Java of an image that also brings a build tool, or a compiler; `undefined` where its name does not tell. */
export function javaImage(image: string | undefined): JavaImage | undefined {
  if (image === undefined) return undefined
  const { registry, repository, tag = '', digest } = parseReference(image)
  if (registry !== 'docker.io' || digest !== undefined) return undefined
  const pattern = PATTERNS[repository]
  const [, vendor, major] = pattern?.exec(tag) ?? []
  if (major === undefined) return undefined
  const system = /-(alpine|focal|jammy|noble)(?=-|$)/.exec(tag)?.[0] ?? ''
  const isTemurin = repository !== 'maven' || /temurin/.test(vendor ?? '')
  return { major: Number(major), vendor: isTemurin ? undefined : vendor!.replace(/-$/, ''), system }
}

const PATTERNS: Readonly<Partial<Record<string, RegExp>>> = {
  maven: /(?:^|-)(eclipse-temurin-|openjdk-|jdk-|amazoncorretto-|ibmjava-|sapmachine-)(\d+)/,
  gradle: /(?:^|-)(jdk-?)(\d+)(?=-(?:alpine|focal|jammy|noble)|$)/,
  'eclipse-temurin': /^()(\d+)(?=-jdk|$)/,
}

/** The image that runs programs of a Java; `undefined` if nobody keeps one. */
export function javaRuntime({ major, system }: JavaImage): string | undefined {
  return KEPT.has(major) ? `eclipse-temurin:${major}-jre${system}` : undefined
}

import { parseReference, type Reference } from '../facts/base-images.js'
import { inFull } from '../facts/image-tags.js'
import type { ImageFact, NoImageFact, Project } from '../model.js'

/** What is known of an image from outside the project; `undefined` if nobody has asked. */
export function imageAnswer(project: Project, reference: Reference): ImageFact | NoImageFact | undefined {
  return project.facts.get({ kind: 'image', key: inFull(reference) }) as ImageFact | NoImageFact | undefined
}

/** Whether an image could be looked up. */
export function isKnownImage(answer: ImageFact | NoImageFact | undefined): answer is ImageFact {
  return answer !== undefined && 'digest' in answer
}

/** The same image by another tag, as it is written. */
export function withTag(written: string, tag: string): string {
  const { tag: old, digest } = parseReference(written)
  const name = digest ? written.slice(0, -digest.length - 1) : written
  return `${old === undefined ? name : name.slice(0, -old.length - 1)}:${tag}`
}

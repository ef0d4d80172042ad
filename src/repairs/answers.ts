import type { Dockerfile } from '../documents/dockerfile.js'
import type { Fix, TextEdit } from '../model.js'
import type { PackageCommand } from '../relations/package-commands.js'
import { failureCounts } from './chains.js'

/** The answer to a package manager's question, given by `edits`: safe where the build would have stopped without. */
export function answerInAdvance(
  document: Dockerfile,
  commands: readonly PackageCommand[],
  edits: readonly TextEdit[],
): Fix {
  const title = 'Answer yes in advance'
  if (commands.every(({ run, command }) => failureCounts(document, run, command)))
    return { title, applicability: 'safe', edits }
  const caveat = 'The build may have gone on without it; now it is really done.'
  return { title, applicability: 'review', edits, caveat }
}

/** Made-up rules whose findings are easy to count, for the tests of the review. */
import type { Dockerfile } from '../../src/documents/dockerfile.js'
import { findAll } from '../../src/engine/find.js'
import type { Finding, Fix, Range, TextEdit, Transform } from '../../src/model.js'
import { projectOf, textFile } from '../../src/project.js'
import { begin, type Session } from '../../src/review/session.js'

/** A Dockerfile with one `RUN` for each line. */
export function dockerfile(...runs: readonly string[]): string {
  return `FROM debian:12\n${runs.map((run) => `RUN ${run}\n`).join('')}CMD ["true"]\n`
}

const common = { references: ['DL0000'], doc: 'Words matter.\n\n## Safety\n\nNone.', on: 'dockerfile' } as const

function places(text: string, pattern: RegExp): readonly (Range & { readonly groups: readonly string[] })[] {
  return [...text.matchAll(pattern)].map(({ index, ...groups }) => ({
    start: index,
    end: index + groups[0]!.length,
    groups: Object.values(groups) as string[],
  }))
}

function replaced({ file }: Dockerfile, { start, end }: Range, text: string): TextEdit {
  return { path: file.path, start, end, text }
}

/** Odd numbers take a look; 666 would break the file. */
const badWords: Transform<Dockerfile> = {
  ...common,
  id: 'bad-words',
  title: 'Use good words',
  severity: 'high',
  *run(document): Iterable<Finding> {
    for (const { start, end, groups } of places(document.file.text, /bad (\d+)/g)) {
      const [, n = ''] = groups
      const line = document.file.text.lastIndexOf('\n', start) + 1
      const next = document.file.text.indexOf('\n', start) + 1
      const good: Fix = {
        title: `Say good ${n}`,
        applicability: Number(n) % 2 === 0 ? 'safe' : 'review',
        edits: [replaced(document, { start, end }, n === '666' ? 'good\nNONSENSE' : `good ${n}`)],
        ...(Number(n) % 2 === 1 && { caveat: 'It may sound odd.' }),
      }
      const gone: Fix = {
        title: 'Remove the line',
        applicability: 'review',
        edits: [replaced(document, { start: line, end: next }, '')],
      }
      const evidence = [{ note: 'bad is a bad word', at: { path: document.file.path, start, end } }]
      yield { at: { path: document.file.path, start, end }, message: 'a bad word', evidence, fixes: [good, gone] }
    }
  },
}

/** Its first fix leaves something that is asked about next. */
const looseEnds: Transform<Dockerfile> = {
  ...common,
  id: 'loose-ends',
  title: 'Tie loose ends',
  severity: 'medium',
  *run(document): Iterable<Finding> {
    for (const [word, message, text] of [
      ['loose', 'a loose end', '# tied\n'],
      ['tied', 'a tied end', '# cut\n'],
    ] as const) {
      for (const place of places(document.file.text, new RegExp(`\\b${word}\\b`, 'g'))) {
        const line = document.file.text.lastIndexOf('\n', place.start) + 1
        const edits = [replaced(document, { start: line, end: line }, text), replaced(document, place, 'finished')]
        yield {
          at: { path: document.file.path, start: place.start, end: place.end },
          message,
          fixes: [{ title: `See to ${message}`, applicability: 'safe', edits }],
        }
      }
    }
  },
}

/** One fix in pieces. */
const manyThings: Transform<Dockerfile> = {
  ...common,
  id: 'many-things',
  title: 'Have few things',
  severity: 'low',
  *run(document): Iterable<Finding> {
    for (const { start, end, groups } of places(document.file.text, /many((?: [a-z])+)/g)) {
      const pieces = places(groups[1]!, / [a-z]/g).map((piece): Fix => {
        const at = { start: start + 4 + piece.start, end: start + 4 + piece.end }
        return { title: `Take out${piece.groups[0]}`, applicability: 'safe', edits: [replaced(document, at, '')] }
      })
      const all: Fix = {
        title: 'Take out all',
        applicability: 'safe',
        edits: pieces.flatMap(({ edits }) => edits),
        parts: pieces,
      }
      const fix = pieces.length === 1 ? pieces[0]! : all
      yield {
        at: { path: document.file.path, start, end },
        subject: 'many',
        message: `${pieces.length} things`,
        fixes: [fix],
      }
    }
  },
}

export const hasty: readonly Transform[] = [badWords, looseEnds, manyThings]

/** A review of files that were never on a disk. */
export function sessionOf(files: Readonly<Record<string, string>>): Session {
  const project = projectOf(Object.entries(files).map(([path, text]) => textFile(path, text)))
  return begin(project, {
    survey: (picture) => findAll(picture, hasty),
    covers: () => true,
    order: hasty.map(({ id }) => id),
  })
}

export function textOf({ current }: Session, path: string): string {
  return current.read(path)!.text
}

import {
  agreeOnPreReleases,
  at,
  byPackage,
  covers,
  defineTransform,
  type Evidence,
  type Finding,
  type Fix,
  hasSameVersions,
  isNeedlessBeside,
  isSamePackage,
  joinHashesInto,
  joinInto,
  jointExtras,
  jointVersions,
  type Listed,
  listedIn,
  meetingOf,
  mergeInto,
  type Requirements,
  requirementsGraph,
  spelled,
  spelledVersions,
  textOf,
} from '../src/sdk.js'

export default defineTransform<Requirements>({
  id: 'unique-requirements',
  title: 'Require every package once',
  severity: 'low',
  references: ['pip: Double requirement given'],
  on: 'requirements',
  doc: `
pip does not take the last of two lines for a package: it installs a version that satisfies both, or none. The line that
decides nothing misleads whoever raises the other one, and two lines that exclude each other stop the build.

Names are compared the way an index compares them (\`Foo_Bar\` is \`foo-bar\`), versions the way pip does (\`1.0\` is
\`1.0.0\`), and a file is read together with those that it includes by \`-r\`.

Keeps quiet about lines with different markers, and about a constraint and what it constrains. Where a file includes
another one, it also keeps quiet about a line that narrows what the included file asks for, adds extras to it, or says
in a comment why it stands there as well, and about everything that an included lock file pins.

Reports without a fix lines that exclude each other, lines that cannot be compared (URLs, repositories, paths, versions
with variables, options for one package), and lines of a file that a tool writes.

## Safety

- *safe*: the line that goes asks for nothing that the other does not ask for as well. Its extras and its comments come
  to the other line. A line goes neither if it alone lets in pre-releases, nor if it alone pins a withdrawn version.
- *review*: two ranges or the hashes of two lines become one line, the included file asks for more than the line that
  goes, or only one of two lines with different extras names a pre-release.
`,
  *run(document, project) {
    const included = requirementsGraph(project).installedWith(document.file.path).flatMap(listedIn)
    for (const group of byPackage(listedIn(document))) {
      const kept = group.filter((listed) => !group.some((other) => isNeedlessBeside(listed, other)))
      const rest = group.filter((listed) => !kept.includes(listed))
      for (const [i, listed] of rest.entries()) yield needless(listed, keeperOf(listed, kept, rest[i - 1], i))
      for (const [i, listed] of kept.entries()) {
        if (i > 0) yield disagreeing(listed, i % 2 === 0 ? kept[0]! : kept[i - 1]!)
        else yield* alreadyIncluded(listed, included)
      }
    }
    yield* fromAPlace(document)
  },
})

/**
 * The line that takes over from one that goes. Two lines cannot change the same one at a time: were all to come to one
 * line, every one of them would need a round of its own.
 */
function keeperOf(listed: Listed, kept: readonly Listed[], neighbour: Listed | undefined, i: number): Listed {
  const keeper = kept.find((other) => covers(other, listed))!
  const isAlone = mergeInto(keeper, listed).length === 1
  return isAlone || i % 2 === 0 || !neighbour || !isNeedlessBeside(listed, neighbour) ? keeper : neighbour
}

/** A line that has nothing to say beside another one of its file. */
function needless(listed: Listed, keeper: Listed): Finding {
  return finding(listed, keeper, `is required twice${difference(listed, keeper)}`, {
    title: `Remove the line and keep ${spelled(keeper, jointExtras(keeper, listed))}`,
    applicability: agreeOnPreReleases(listed, keeper) ? 'safe' : 'review',
    edits: mergeInto(keeper, listed),
  })
}

function difference(listed: Listed, keeper: Listed): string {
  const versions = spelledVersions(listed.entry.specifiers)
  if (!hasSameVersions(listed, keeper)) {
    return versions
      ? `, and ${versions} adds nothing to ${spelledVersions(keeper.entry.specifiers)}`
      : ', once without a version'
  }
  if (jointExtras(keeper, listed).length > Math.min(listed.entry.extras.length, keeper.entry.extras.length)) {
    return ' with different extras'
  }
  return versions ? `, both times as ${versions}` : ''
}

/** A line that another one of its file does not make needless, nor the other way round. */
function disagreeing(listed: Listed, first: Listed): Finding {
  const versions = [first, listed].map(({ entry }) => spelledVersions(entry.specifiers) || 'any version')
  switch (meetingOf(first, listed)) {
    case 'never':
      return finding(listed, first, `is required twice, and no version is both ${versions.join(' and ')}`)
    case 'other options':
      return finding(listed, first, 'is required twice with different options')
    case 'other hashes':
      return finding(listed, first, 'is required twice with different hashes', {
        title: 'Join both lines into one that lists the hashes of both',
        applicability: 'review',
        caveat: 'pip may then take a file that only one of the lines lists.',
        edits: joinHashesInto(first, listed),
      })
    case 'unclear':
      return finding(listed, first, `is required twice, as ${versions.join(' and as ')}`)
    case 'overlap':
      return finding(listed, first, `is required twice, as ${versions.join(' and as ')}`, {
        title: `Join both lines into ${spelled(first, jointExtras(first, listed), jointVersions(first, listed))}`,
        applicability: 'review',
        edits: joinInto(first, listed),
      })
  }
}

/** A line that an included file makes needless, or impossible. */
function* alreadyIncluded(listed: Listed, included: readonly Listed[]): Iterable<Finding> {
  const others = included.filter((other) => isSamePackage(listed, other))
  const never = others.find((other) => meetingOf(listed, other) === 'never')
  if (never) {
    const versions = [listed, never].map(({ entry }) => spelledVersions(entry.specifiers))
    yield finding(
      listed,
      never,
      `is also required by an included file, and no version is both ${versions.join(' and ')}`,
    )
    return
  }
  for (const other of others) {
    if (!covers(other, listed) || jointExtras(other, listed).length > other.entry.extras.length) continue
    const edits = mergeInto(other, listed)
    // A comment says why the line stands here as well; a lock says nothing about who needs a package.
    if (edits.length > 1 || other.document.compiled || listed.document.compiled) continue
    yield finding(listed, other, 'is already required by an included file', {
      title: `Remove the line and leave ${spelled(other)} to ${other.document.file.path}`,
      applicability: hasSameVersions(listed, other) ? 'safe' : 'review',
      edits,
    })
    return
  }
}

/** A package that is named by where it lies and required a second time: only a build can tell what comes of that. */
function* fromAPlace(document: Requirements): Iterable<Finding> {
  const packages = document.entries.filter((entry) => entry.kind === 'direct' || entry.kind === 'requirement')
  for (const direct of packages) {
    if (direct.kind !== 'direct' || direct.name === undefined) continue
    const same = packages.filter(({ name, marker }) => name === direct.name && marker === direct.marker)
    const other = same.find(({ kind }) => kind === 'requirement') ?? same[0]!
    if (other === direct) continue
    yield {
      at: at(document, direct.content),
      subject: `package:${direct.name}`,
      message: `${direct.name} is required twice, here by where it lies`,
      evidence: [{ note: 'Its other line', at: at(document, other.content) }],
    }
  }
}

function finding(listed: Listed, other: Listed, what: string, fix?: Fix): Finding {
  const { document, entry } = listed
  const where = `${other.document.file.path} asks for ${spelled(other)}`
  const evidence: Evidence[] = [{ note: where, at: at(other.document, other.entry.content) }]
  if (document.compiled) {
    const { by, from } = document.compiled
    evidence.push({ note: `This file is written by ${by}${from ? ` from ${from}` : ''}` })
  }
  return {
    at: at(document, entry.content),
    subject: `package:${entry.name}`,
    message: `${textOf(document, entry.nameRange)} ${what}`,
    evidence,
    ...(fix && !document.compiled ? { fixes: [fix] } : {}),
  }
}

import {
  type Account,
  accountInForce,
  at,
  type Copy,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Fix,
  givenAway,
  type Image,
  insert,
  insertLinesBelow,
  isProgramSource,
  isUnder,
  joinedInsertions,
  type LateOwnership,
  lateOwnership,
  locate,
  mayBeOwned,
  ownCopies,
  replace,
  type TextEdit,
  type Use,
  usesOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'owned-copies',
  title: 'Copy files with their owner',
  severity: 'medium',
  references: ['CIS-DI-4.1', 'DL3046'],
  on: 'dockerfile',
  doc: `
\`COPY\` and \`ADD\` make their files root's, whatever \`USER\` said before. In a stage that ends as an ordinary user, the
program can then not write beside its own files: no database, no uploads, no pid file. And \`RUN chown -R\` behind a
\`COPY\` writes every file into the image a second time, even where the owner was right already.

In stages that already end as an ordinary user, the program's own files are copied with \`--chown\` and the working
directory, which \`--chown\` does not touch, changes hands by itself. The owner is numeric: with a name that does not
exist, builders give the files to root without a word. Where the account has no fixed ids, it gets them. A \`chown -R\`
that only repeats what \`COPY\` can say loses its \`-R\` and keeps the directories.

Keeps quiet about dependencies, manifests, scripts, configuration, keys and binaries, which a program has no business
changing; about copies that name an owner or a mode; about bases that bring their own user; and where a later
\`chown -R\` already hands the files over and cannot be spared.

Reports without a fix, and says why, when something else makes files below the directory of a \`chown -R\`, and when the
ids of the account come from variables, which another build may set otherwise, or are changed by \`usermod\`.

## Safety

Always a matter of review: it changes who may write what. A program that never writes beside its own files is better off
if they stay root's: keep them with a comment \`# harden: keep owned-copies\`. Account ids that become fixed differ from
those that the system would have given; files on volumes keep the old ones.
`,
  *run(document, project) {
    for (const use of usesOf(document, project)) {
      const { image } = use
      if (image.user.root !== false || !image.user.setBy) continue
      const late = lateOwnership(image)
      for (const ownership of late) yield repeated(image, ownership)
      const finding = unowned(use, late)
      if (finding) yield finding
    }
  },
})

/** A `chown -R` behind the COPY that could have named the owner. */
function repeated(image: Image, { given, copies, directories, obstacles }: LateOwnership): Finding {
  const finding = {
    at: at(image.document, given.command),
    subject: `chown:${given.paths.join(',')}`,
    message: `chown -R writes all of ${given.paths.join(' and ')} into the image a second time`,
  }
  const account = accountInForce(image)
  const evidence = copies.map(({ instruction }) => ({
    note: 'These files are under it',
    at: locate(image, instruction),
  }))
  if (!account) return { ...finding, evidence: [...evidence, unknownIds(image)] }
  if (obstacles.length > 0) return { ...finding, evidence: obstacles }

  const missing = copies.filter(({ instruction }) => !instruction.flags.some(({ name }) => name === 'chown'))
  const more = directories.filter((path) => !given.paths.includes(path))
  const edits = [
    ...account.edits,
    ...ownCopies(image, missing, account.owner),
    replace(image.document, { start: given.recursive!.start - 1, end: given.recursive!.end }, ''),
  ]
  const add = (text: string) => (text ? [insert(image.document, given.command.end, text)] : [])
  const names = more.map((path) => ` ${path}`).join('')
  const fix: Fix = {
    title: `Copy the files as ${account.owner} and change the owner of the directories alone`,
    applicability: 'review',
    edits: [...edits, ...add(names)],
    ...(account.edits.length > 0 && {
      caveat: fixedIds(account),
    }),
  }
  const data = more.filter((path) => image.madeDirectories.some((made) => made.path === path))
  const closed: Fix = {
    ...fix,
    title: `${fix.title}, and close the data directories to others`,
    edits: [...edits, ...add(`${names} && chmod 750 ${data.join(' ')}`)],
  }
  return { ...finding, evidence, fixes: data.length > 0 ? [fix, closed] : [fix] }
}

function fixedIds({ owner }: Account): string {
  return `The account gets the fixed ids ${owner}; files on volumes keep the ids it had before.`
}

function unknownIds(image: Image) {
  return {
    note: `The file does not tell the ids of ${image.user.name ?? 'its user'}`,
    at: locate(image, image.user.setBy!),
  }
}

/** The program's own files, copied as root's into a stage that is somebody else. */
function unowned({ image }: Use, late: readonly LateOwnership[]): Finding | undefined {
  const copies = image.copies.filter(
    (copy) =>
      copy.instruction.stage === image.stage.index && isProgramSource(image, copy) && !isGivenLater(image, copy, late),
  )
  const [first] = copies
  if (!first) return undefined
  const account = accountInForce(image)
  const finding = {
    at: at(image.document, first.instruction),
    subject: `stage:${image.stage.name ?? image.stage.index}`,
    message: `COPY makes the program's files root's, and the stage runs as ${image.user.name}`,
    evidence: [
      { note: `The stage runs as ${image.user.name}`, at: locate(image, image.user.setBy!) },
      ...copies
        .slice(1)
        .map(({ instruction }) => ({ note: "These files are root's too", at: locate(image, instruction) })),
    ],
  }
  if (!account) return { ...finding, evidence: [...finding.evidence, unknownIds(image)] }
  const fix: Fix = {
    title: `Copy the program's files as ${account.owner}`,
    applicability: 'review',
    edits: joinedInsertions([
      ...account.edits,
      ...ownCopies(image, copies, account.owner),
      ...ownWorkdir(image, account),
    ]),
    caveat: `The program can then change its own files; if it only reads them, leave them root's.${account.edits.length > 0 ? ` ${fixedIds(account)}` : ''}`,
  }
  return { ...finding, fixes: [fix] }
}

/** Whether a recursive change of owner behind it covers a COPY. */
function isGivenLater(image: Image, { instruction, destination }: Copy, late: readonly LateOwnership[]): boolean {
  if (late.some(({ copies }) => copies.some((copy) => copy.instruction === instruction))) return true
  return givenAway(image).some(
    ({ run, recursive, paths }) =>
      recursive !== undefined &&
      run.index > instruction.index &&
      paths.some((path) => isUnder(destination ?? '/', path)),
  )
}

/** The working directory itself, if root made it and nobody has handed it over. */
function ownWorkdir(image: Image, account: Account): readonly TextEdit[] {
  const made = image.workdirs.find(({ path }) => path === image.workdir)
  if (!made || made.madeBy.stage !== image.stage.index || !mayBeOwned(made.path)) return []
  const given = givenAway(image).some(({ paths, recursive }) =>
    paths.some((path) => path === made.path || (recursive && isUnder(made.path, path))),
  )
  if (given || image.userAt(made.madeBy).root !== true) return []
  return [insertLinesBelow(image.document, made.madeBy.end, `RUN chown ${account.owner} ${made.path}`)]
}

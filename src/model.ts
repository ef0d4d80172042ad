/**
 * The vocabulary of harden: types only. A project is read once, transforms yield findings, findings carry fixes, a fix
 * is a list of text edits, and the engine turns them into a plan.
 */

/** A POSIX path relative to the project's root, without a leading `./`. */
export type Path = string

export type Encoding = 'utf8' | 'utf16le' | 'utf16be'

/** One file as it stands on disk: `text` still holds its byte order mark and its own line endings. */
export interface SourceFile {
  readonly path: Path
  readonly text: string
  readonly encoding: Encoding
  /** Permission bits, e.g. `0o644`. */
  readonly mode: number
}

/** Something planning needs to know from outside the project; `key` says of what. */
export interface Want {
  readonly kind: 'image' | 'image-user' | 'write-trace'
  readonly key: string
}

/** What an `image` in {@link Want} is answered with; its key is a reference in full: `docker.io/library/python:3.12-slim`. */
export interface ImageFact {
  /** Of the list of all platforms where there is one: what a pull by tag checks. */
  readonly digest: string
  /** Other tags of the repository that were seen to name the same digest, each saying more than the one asked for. */
  readonly tags: readonly string[]
  /** What the variables of the image say of versions, e.g. `PYTHON_VERSION`. */
  readonly versions: Readonly<Record<string, string>>
  /** Who said so: the registry, or the engine of this machine, whose copy may be older. */
  readonly by: 'registry' | 'engine'
}

/** Why an image could not be looked up, one sentence. */
export interface NoImageFact {
  readonly problem: string
}

/** Knowledge from outside the project. A miss is `undefined`, and the engine records it in {@link Plan.wanted}. */
export interface Facts {
  get(want: Want): unknown
}

/** An immutable picture of a repository. A file that no edit touched is the same object in every later picture. */
export interface Project {
  /** Every regular file, sorted, without ignored ones; also what stands in a file's place and cannot be read, such as a link out of the project. */
  readonly paths: readonly Path[]
  readonly facts: Facts
  /** The files that edits have changed or made since the project was read. */
  readonly edited: ReadonlyMap<Path, SourceFile>
  /** The file, following a link that stays inside the project; `undefined` if there is none or it cannot be read. */
  read(path: Path): SourceFile | undefined
  /** Why an existing file cannot be read for certain, in words for a person. */
  unreadable(path: Path): string | undefined
}

/** Half-open range of UTF-16 offsets into {@link SourceFile.text}, byte order mark included. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface Location extends Range {
  readonly path: Path
}

/** A read-only view of one file. It knows offsets; it never prints. */
export interface Document {
  readonly kind: string
  readonly file: SourceFile
  readonly comments: readonly Range[]
  /** What could not be read for certain. A document with problems is left alone, and the plan says so. */
  readonly problems: readonly string[]
  /** What is already broken in a file that can still be read. No edit may add to it. */
  readonly oddities: readonly string[]
}

/** What was seen that makes a finding true, or a fix safe. */
export interface Evidence {
  readonly note: string
  readonly at?: Location
}

/** Replace `[start, end)` of `path` by `text`. A missing file is an empty file; `text` uses `\n`. */
export interface TextEdit extends Location {
  readonly text: string
}

/** `safe`: done without asking · `review`: done if a person says yes · `hint`: shown, never done. */
export type Applicability = 'safe' | 'review' | 'hint'

/** All of its edits in all of its files, or none. */
export interface Fix {
  /** An imperative: "Run the image as 10001:10001". */
  readonly title: string
  readonly applicability: Applicability
  readonly edits: readonly TextEdit[]
  /** What the person who says yes takes upon themselves. */
  readonly caveat?: string
  /** The same change in pieces, each of them whole by itself; missing where all of its edits need each other. */
  readonly parts?: readonly Fix[]
}

export interface Finding {
  readonly at: Location
  /** What the finding is about, e.g. `stage:runtime`; keeps its id the same when lines move. */
  readonly subject?: string
  /** What is wrong, one sentence without advice. */
  readonly message: string
  readonly evidence?: readonly Evidence[]
  /** The first is the default, the rest are alternatives for a person to choose from. */
  readonly fixes?: readonly Fix[]
}

export type Severity = 'high' | 'medium' | 'low'

/** A rule that can repair: it reads documents and yields findings, and can do nothing else. */
export interface Transform<D extends Document = Document> {
  /** Names the state it brings about; also the name of its file and of its folder of cases. */
  readonly id: string
  readonly title: string
  readonly severity: Severity
  /** The same concern in other tools: `CIS-DI-4.1`, `DL3002`, `CKV_DOCKER_3` … */
  readonly references: readonly string[]
  /** Markdown: why, when it keeps quiet, and a `## Safety` section. */
  readonly doc: string
  /** Runs only if it is asked for by name: it brings something in that not everybody wants. */
  readonly optIn?: boolean
  /** The kind of document it reads, one at a time. */
  readonly on: D['kind']
  run(document: D, project: Project): Iterable<Finding>
  /**
   * The same transform with a person's settings; missing where there is nothing to set.
   * @throws Error whose message says what is wrong with them.
   */
  configured?(options: Readonly<Record<string, unknown>>): Transform<D>
}

export interface Choice {
  readonly finding: Finding
  readonly fix: Fix
}

/** One transform, applied once: a commit in waiting. */
export interface Step {
  readonly transform: string
  readonly choices: readonly Choice[]
  readonly before: Project
  readonly after: Project
}

/** A finding together with the transform that made it. */
export interface Reported {
  readonly transform: Transform
  readonly finding: Finding
}

export interface Unread {
  readonly path: Path
  readonly problem: string
}

export interface Plan {
  readonly before: Project
  readonly after: Project
  /** What the untouched project showed. */
  readonly found: readonly Reported[]
  readonly steps: readonly Step[]
  /** What is still true at the end. */
  readonly open: readonly Reported[]
  readonly unread: readonly Unread[]
  readonly wanted: readonly Want[]
  readonly stopped: 'converged' | 'cycle' | 'round-limit'
}

/** What may be done now: the findings of one transform on one picture of the project. */
export interface Proposal {
  readonly transform: Transform
  readonly findings: readonly Finding[]
  readonly project: Project
}

/** The one seam between engine and person: which of these may be done? */
export type Select = (proposal: Proposal) => readonly Choice[] | Promise<readonly Choice[]>

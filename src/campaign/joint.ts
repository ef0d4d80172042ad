/**
 * Many projects reviewed as one. Each is a folder of a joint project, so that a review of one project is a review of many
 * without knowing it; but each is judged by itself, as a project of its own, and no finding of one ever depends on another.
 */
import { createHash } from 'node:crypto'
import type { Choice, Finding, Fix, Location, Path, Project, Reported, SourceFile, Step } from '../model.js'
import { noFacts } from '../project.js'
import type { Scope } from '../review/question.js'

/** One of the projects, and how it is judged. */
export interface Part {
  readonly project: Project
  /** What could be done to a picture of it. The same picture is asked about once. */
  readonly survey: (picture: Project) => readonly Reported[]
  /** Whether a file of it may be changed. */
  readonly covers: (path: Path) => boolean
}

/** A path of the joint project, taken apart. */
export interface Place {
  /** The name of the part it lies in. */
  readonly part: string
  /** As the part itself calls it. */
  readonly path: Path
}

export interface Joint {
  /** Begins as all parts, each in its folder; edits make further pictures of it. */
  readonly project: Project
  /** The questions of all parts: by transform, then in the order of the parts. */
  readonly scope: Scope
  /** @throws RangeError if the path lies in no part. */
  readonly placeOf: (path: Path) => Place
  /** The way back: what a part's own path is called here. */
  readonly pathIn: (place: Place) => Path
  /** A part as it is in a picture: the same object for as long as nothing in it differs. */
  readonly partIn: (picture: Project, part: string) => Project
  /** What was done in a part, step by step and in its own paths; a step that did nothing there is left out. */
  readonly stepsIn: (steps: readonly Step[], part: string) => readonly Step[]
}

/** Pictures of one part that are remembered with what was found in them; of a review, the last ones are asked for again. */
const MOST_PICTURES = 32

/**
 * @param parts By name, in the order in which they are asked about.
 * @param order The ids of the transforms in their order of work.
 */
export function jointly(parts: ReadonlyMap<string, Part>, order: readonly string[]): Joint {
  const rooms = new Map([...parts].map(([name, part]) => [folderOf(name), roomOf(name, part)]))
  const roomAt = (path: Path) => {
    const room = rooms.get(path.slice(0, path.indexOf('/')))
    if (!room) throw new RangeError(`${JSON.stringify(path)} lies in no part`)
    return room
  }
  const project: Project = {
    paths: [...rooms.values()].flatMap(({ part, prefix }) => part.project.paths.map((path) => prefix + path)).sort(),
    facts: noFacts,
    edited: new Map(),
    read: (path) => roomAt(path).read(path),
    unreadable: (path) => {
      const { part, prefix } = roomAt(path)
      return part.project.unreadable(path.slice(prefix.length))
    },
  }
  const editedIn = remembered((picture: Project) => groupedBy(picture.edited.values(), ({ path }) => roomAt(path)))
  const pictureOf = (room: Room, picture: Project) => room.picture(editedIn(picture).get(room) ?? [])
  const survey = remembered((picture: Project) => {
    const found = [...rooms.values()].flatMap((room) => pictureOf(room, picture).reported)
    const byTransform = groupedBy(found, ({ transform }) => transform.id)
    return order.flatMap((id) => byTransform.get(id) ?? [])
  })
  const partIn = (picture: Project, name: string) => pictureOf(rooms.get(folderOf(name))!, picture).project
  return {
    project,
    scope: {
      survey,
      order,
      covers: (path) => {
        const { part, prefix } = roomAt(path)
        return part.covers(path.slice(prefix.length))
      },
    },
    placeOf: (path) => {
      const { name, prefix } = roomAt(path)
      return { part: name, path: path.slice(prefix.length) }
    },
    pathIn: ({ part, path }) => rooms.get(folderOf(part))!.prefix + path,
    partIn,
    stepsIn: (steps, name) => {
      const { prefix } = rooms.get(folderOf(name))!
      return steps.flatMap(({ transform, choices, before, after }) => {
        const own = choices.filter(({ finding }) => finding.at.path.startsWith(prefix))
        if (own.length === 0) return []
        const inside = own.map((choice) => choiceAt(choice, (path) => path.slice(prefix.length)))
        return [{ transform, choices: inside, before: partIn(before, name), after: partIn(after, name) }]
      })
    },
  }
}

/**
 * One folder, whatever slashes are in a name, and never one that means something: `vendor/`, `requirements/` and the like are
 * told by their names, and a repository may be called so.
 */
function folderOf(name: string): string {
  return `${encodeURIComponent(name)}@`
}

/** A part in its folder. */
interface Room {
  readonly name: string
  readonly part: Part
  /** Its folder with a slash. */
  readonly prefix: string
  /** A file of the untouched part, by its joint path; the same object every time. */
  readonly read: (path: Path) => SourceFile | undefined
  /** The part with these files in place of its own, given with their joint paths, and what is found in it, with joint paths. */
  readonly picture: (edited: readonly SourceFile[]) => Picture
}

interface Picture {
  readonly project: Project
  readonly reported: readonly Reported[]
}

function roomOf(name: string, part: Part): Room {
  const prefix = `${folderOf(name)}/`
  const outside = remembered((file: SourceFile): SourceFile => ({ ...file, path: prefix + file.path }))
  // Answers that are said again make files anew: what counts is what is in them.
  const contents = new Map<string, SourceFile>()
  const inside = (file: SourceFile): SourceFile => {
    const content = digest(file)
    const known = contents.get(content) ?? { ...file, path: file.path.slice(prefix.length) }
    contents.set(content, known)
    return known
  }
  const pictured = (project: Project): Picture => {
    let reported: readonly Reported[] | undefined
    return {
      project,
      get reported() {
        reported ??= part
          .survey(project)
          .map(({ transform, finding }) => ({ transform, finding: findingAt(finding, (path) => prefix + path) }))
        return reported
      },
    }
  }
  const untouched = pictured(part.project)
  const known = new Map<string, Picture>()
  return {
    name,
    part,
    prefix,
    read: (path) => {
      const file = part.project.read(path.slice(prefix.length))
      return file && outside(file)
    },
    picture: (edited) => {
      if (edited.length === 0) return untouched
      const content = edited.map(digest).sort().join()
      const picture = known.get(content) ?? pictured(withFiles(part.project, edited.map(inside)))
      known.delete(content)
      known.set(content, picture)
      for (const oldest of known.keys()) if (known.size > MOST_PICTURES) known.delete(oldest)
      return picture
    },
  }
}

/** The project with some files in place of its own; those it does not have are new. */
function withFiles(project: Project, files: readonly SourceFile[]): Project {
  const edited = new Map(files.map((file) => [file.path, file]))
  const made = files.filter(({ path }) => !project.read(path)).map(({ path }) => path)
  return {
    ...project,
    edited,
    paths: made.length > 0 ? [...project.paths, ...made].sort() : project.paths,
    read: (path) => {
      const file = project.read(path)
      return edited.get(file?.path ?? path) ?? file
    },
  }
}

type Rename = (path: Path) => Path

function findingAt(finding: Finding, rename: Rename): Finding {
  const { at, evidence, fixes } = finding
  return {
    ...finding,
    at: locationAt(at, rename),
    ...(evidence && {
      evidence: evidence.map((each) => ({ ...each, ...(each.at && { at: locationAt(each.at, rename) }) })),
    }),
    ...(fixes && { fixes: fixes.map((fix) => fixAt(fix, rename)) }),
  }
}

function fixAt(fix: Fix, rename: Rename): Fix {
  return {
    ...fix,
    edits: fix.edits.map((edit) => locationAt(edit, rename)),
    ...(fix.parts && { parts: fix.parts.map((part) => fixAt(part, rename)) }),
  }
}

function choiceAt({ finding, fix }: Choice, rename: Rename): Choice {
  return { finding: findingAt(finding, rename), fix: fixAt(fix, rename) }
}

function locationAt<L extends Location>(location: L, rename: Rename): L {
  return { ...location, path: rename(location.path) }
}

const digest = remembered(({ path, text }: SourceFile) =>
  createHash('sha256').update(`${path}\0${text}`).digest('base64'),
)

function groupedBy<K, V>(values: Iterable<V>, keyOf: (value: V) => K): ReadonlyMap<K, readonly V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group) group.push(value)
    else groups.set(keyOf(value), [value])
  }
  return groups
}

/** A function that is asked once about each object. */
function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>()
  return (key) => {
    const value = known.get(key) ?? make(key)
    known.set(key, value)
    return value
  }
}

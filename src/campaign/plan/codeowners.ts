/**
 * Who owns the files that a pull request changes, by the rules of the forge: those of `.gitignore` with differences, of which
 * each forge has its own.
 */
import { covers, parseRules, type Rules } from '../../disk/ignore.js'
import type { Path } from '../../model.js'
import type { ForgeKind } from '../model.js'

/** Where a forge looks, first of all first; nowhere on Gitea, which reads another language out of it and asks by itself. */
export const OWNER_FILES: Readonly<Record<ForgeKind, readonly Path[]>> = {
  github: ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'],
  gitlab: ['CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'],
  gitea: [],
}

/** What a line says: whose the files are that fit. Of the lines of a section that fit, the last one counts. */
interface Line {
  readonly section: string
  /** On GitLab, `!` takes files out of a section. */
  readonly excludes: boolean
  readonly fits: (path: Path) => boolean
  readonly owners: readonly string[]
}

/** A pull request asks no more people than these; GitHub takes no more at once. */
const MOST = 15

/**
 * The users and teams (`owner/team`) that own any of the files, in the order in which the file names them. Addresses of
 * e-mail are left out, and so is what is no name on the forge: it goes into no request.
 * @param text Of the first of {@link OWNER_FILES} that is there.
 */
export function ownersOf(paths: readonly Path[], text: string, forge: ForgeKind): readonly string[] {
  const lines = forge === 'gitlab' ? gitlabLines(text) : githubLines(text)
  const sections = [...new Set(lines.map(({ section }) => section))]
  const owners = sections.flatMap((section) => {
    const own = lines.filter((line) => line.section === section)
    return paths.flatMap((path) => {
      const line = own.some((each) => each.excludes && each.fits(path)) ? undefined : lastFitting(own, path)
      return line?.owners ?? []
    })
  })
  return [...new Set(owners)].slice(0, MOST)
}

function lastFitting(lines: readonly Line[], path: Path): Line | undefined {
  return lines.findLast((line) => !line.excludes && line.fits(path))
}

/** GitHub leaves out a line with what it does not know: `!`, sets of characters, an escaped `#`. */
function githubLines(text: string): readonly Line[] {
  return wordsByLine(text).flatMap(([pattern = '', ...words]): Line[] => {
    if (/^!|[[\]]|^\\#/.test(pattern)) return []
    return [
      {
        section: '',
        excludes: false,
        fits: githubFits(pattern),
        owners: ownersIn(words, /^@(\w[\w-]*(?:\/\w[\w.-]*)?)$/),
      },
    ]
  })
}

/** A star at the end is a file in that very folder; everything else means what lies below it, too. */
function githubFits(pattern: string): (path: Path) => boolean {
  const rules = parseRules(spaced(pattern))
  const isShallow = pattern.includes('/') && pattern.endsWith('/*')
  return isShallow ? exactly(rules) : (path) => covers(rules, path)
}

/** Without its folders: as if the last name were all there is to a path. */
function exactly(rules: Rules): (path: Path) => boolean {
  return (path) => {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    return covers(rules, path) && !(folder !== '' && covers(rules, folder))
  }
}

/** `[Section][2] @default`, `^[Optional]`; a line without owners has those of its section. */
function gitlabLines(text: string): readonly Line[] {
  let section = ''
  let usual: readonly string[] = []
  return wordsByLine(text).flatMap((words): Line[] => {
    const heading = /^\^?\[([^\]]+)\](?:\[\d+\])?(.*)$/.exec(words.join(' '))
    if (heading) {
      section = heading[1]!.trim().toLowerCase()
      usual = gitlabOwners(heading[2]!.trim().split(/\s+/))
      return []
    }
    const [first = '', ...rest] = words
    const excludes = first.startsWith('!')
    const pattern = excludes ? first.slice(1) : first
    const owners = rest.length > 0 ? gitlabOwners(rest) : usual
    return [{ section, excludes, fits: gitlabFits(pattern), owners }]
  })
}

/** Only a slash at the end means what lies below a folder; a pattern stands for a path at any depth unless it begins with one. */
function gitlabFits(pattern: string): (path: Path) => boolean {
  const anchored = pattern.startsWith('/') || pattern.startsWith('**/') ? pattern : `**/${pattern}`
  const isFolder = anchored.endsWith('/')
  const rules = parseRules(spaced(isFolder ? anchored : anchored.replace(/^\/?\*\*\/\*$/, '*')))
  return isFolder || pattern === '*' ? (path) => covers(rules, path) : exactly(rules)
}

/** Groups cannot be asked for a review there, and a role is nobody. */
function gitlabOwners(words: readonly string[]): readonly string[] {
  return ownersIn(words, /^@(\w[\w.-]*)$/)
}

function ownersIn(words: readonly string[], form: RegExp): readonly string[] {
  return words.flatMap((word) => form.exec(word)?.[1] ?? [])
}

/** The words of each line that has any, without comments; a space that belongs to a name has a backslash before it. */
function wordsByLine(text: string): readonly (readonly string[])[] {
  return text
    .split(/\r?\n/)
    .map((line) => {
      const words = line.trim().match(/(?:\\.|[^\s\\])+/g) ?? []
      const comment = words.findIndex((word) => word.startsWith('#'))
      return comment < 0 ? words : words.slice(0, comment)
    })
    .filter((words) => words.length > 0)
}

/** A pattern whose spaces count, wherever they stand. */
function spaced(pattern: string): string {
  return pattern.replaceAll('\\ ', ' ').replace(/ +$/, (spaces) => '\\ '.repeat(spaces.length))
}

import {
  at,
  type Dockerfile,
  defineTransform,
  dependabotOf,
  type Finding,
  type Fix,
  type Path,
  type Project,
  pinnedBases,
  updaterOf,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'base-image-updates',
  title: 'Have somebody raise the versions of base images',
  severity: 'low',
  references: [],
  optIn: true,
  on: 'dockerfile',
  doc: `
A base image that is held by a digest or by a full version gets no security fixes until somebody changes the file. Renovate
and Dependabot do that by pull request: they raise the version and the digest together, and the build says whether it works.

Runs only if it is asked for by name, with \`--only base-image-updates\`, in \`only:\`, or by a severity in the configuration:
not everybody wants such a program, and many have one that leaves no trace in the repository.

Makes \`.github/dependabot.yml\` for the folders with pinned images where there is a \`.github\`, and \`renovate.json\`
elsewhere, or where an \`ARG\` names an image, which Dependabot does not follow. Both speak of images alone.

Keeps quiet where Renovate is set up, or Dependabot for Docker, and where no base image is pinned. A configuration of
Dependabot that says nothing of Docker is reported and not changed.

## Safety

A matter of review: the file has a program open pull requests. Dependabot starts by itself on GitHub; Renovate needs its app,
or somebody who runs it.
`,
  *run(document, project) {
    const [first] = pinnedBases(project)
    // A project has one finding, at the first of its pinned images.
    if (!first || first.document !== document || updaterOf(project)) return
    const finding: Finding = {
      at: at(document, first.image.places[0]!.at),
      subject: 'updates',
      message: 'Base images are pinned, and nothing here raises their versions',
    }
    const dependabot = dependabotOf(project)
    yield dependabot === undefined
      ? { ...finding, fixes: fixesFor(project) }
      : { ...finding, evidence: [{ note: SILENT, at: { path: dependabot, start: 0, end: 0 } }] }
  },
})

const SILENT = 'The configuration of Dependabot says nothing of docker'

function fixesFor(project: Project): readonly Fix[] {
  const isOnGitHub = project.paths.some((path) => path.startsWith('.github/'))
  if (!isOnGitHub) return [RENOVATE]
  const hasVariables = pinnedBases(project).some(({ image }) =>
    image.places.some(({ pieces = [] }) => pieces.some(({ variable }) => variable !== undefined)),
  )
  return hasVariables ? [RENOVATE, dependabot(project)] : [dependabot(project), RENOVATE]
}

const RENOVATE: Fix = {
  title: 'Add a configuration of Renovate for base images',
  applicability: 'review',
  edits: [
    madeFile(
      'renovate.json',
      `{
  "$schema": "https://docs.renovatebot.com/renovate-schema.json",
  "extends": ["config:recommended"],
  "enabledManagers": ["dockerfile"]
}
`,
    ),
  ],
  caveat: 'Renovate works only where its app is installed, or somebody runs it.',
}

function dependabot(project: Project): Fix {
  const folders = [...new Set(pinnedBases(project).map(({ document }) => folderOf(document.file.path)))]
  const where =
    folders.length === 1
      ? `    directory: ${quoted(folders[0]!)}`
      : `    directories:\n${folders.map((folder) => `      - ${quoted(folder)}`).join('\n')}`
  return {
    title: 'Add a configuration of Dependabot for base images',
    applicability: 'review',
    edits: [
      madeFile(
        '.github/dependabot.yml',
        `version: 2
updates:
  - package-ecosystem: docker
${where}
    schedule:
      interval: weekly
`,
      ),
    ],
    caveat: 'On GitHub, Dependabot opens pull requests as soon as the file is there.',
  }
}

function madeFile(path: Path, text: string) {
  return { path, start: 0, end: 0, text }
}

function folderOf(path: Path): string {
  return `/${path.slice(0, Math.max(path.lastIndexOf('/'), 0))}`
}

/** Plain where YAML takes it so. */
function quoted(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : JSON.stringify(folder)
}

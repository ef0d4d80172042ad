import { baseName } from '../documents/index.js'
import type { Location, Path, SourceFile } from '../model.js'
import { type BuildCommand, buildCommands } from './command-lines.js'
import { type ConsumerKind, followBuild, joinUses, noUses, type Uses } from './consumer.js'
import { folderOf, foldersUp, resolvePath, type Scope } from './paths.js'

/** Files that hold command lines, by their name. */
export function isScript(path: Path): boolean {
  return (
    /^((GNU)?Makefile|justfile|Taskfile\.ya?ml|package\.json|Jenkinsfile|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines\.ya?ml|cloudbuild\.ya?ml|bitbucket-pipelines\.ya?ml|\.drone\.ya?ml)$/i.test(
      baseName(path),
    ) || /\.(mk|sh|bash|ps1)$|(^|\/)\.circleci\/config\.ya?ml$/.test(path)
  )
}

/** The Dockerfiles that the command lines of a file build. */
export function usesByScript(scope: Scope, file: SourceFile): Uses {
  const folders = foldersUp(folderOf(file.path))
  return joinUses(
    buildCommands(file.text).map((command) =>
      usesByCommand(scope, command, 'script', { path: file.path, ...command.range }, folders),
    ),
  )
}

/** What one command builds. Where it is run is a guess: the first of the folders in which its Dockerfile exists. */
export function usesByCommand(
  scope: Scope,
  command: BuildCommand,
  by: ConsumerKind,
  at: Location,
  folders: readonly Path[],
): Uses {
  const inside = folders.flatMap((folder) => resolvePath(folder, withoutVariable(command.folder ?? '.')) ?? [])
  const from = inside.find((folder) => dockerfilesOf(folder, command).some((each) => scope.exists(each)))
  if (from === undefined)
    return { ...noUses, notes: [{ note: 'no Dockerfile is found where this command looks for it', at }] }
  const context = command.context === '-' ? '$' : (command.context ?? '$')
  const { target } = command
  return followBuild(scope, {
    by,
    at,
    context,
    from,
    dockerfileFrom: '.',
    dockerfile: dockerfilesOf(from, command).find((each) => scope.exists(each))!,
    ...(target && !target.includes('$') && { target }),
    images: command.tags.filter((tag) => !/^\$[({]*[\w. ]+[)}]*$/.test(tag)),
    args: command.args.map((arg) => {
      const [name = '', ...value] = arg.split('=')
      return value.length ? { name, value: value.join('='), at } : { name, at }
    }),
  })
}

function dockerfilesOf(folder: Path, { file, context }: BuildCommand): readonly Path[] {
  if (file !== undefined) return [resolvePath(folder, withoutVariable(file)) ?? '']
  const start = resolvePath(folder, withoutVariable(context ?? '$'))
  return start === undefined ? [] : ['Dockerfile', 'Containerfile'].map((name) => resolvePath(start, name)!)
}

/** Variables in front of a path mostly hold the folder that everything starts from. */
function withoutVariable(path: string): string {
  return path.replace(/^(\$\{\w+\}|\$\(\w+\)|\$\w+)\//, './')
}

import type { SourceFile } from '../model.js'
import type { Stack } from './compose-stacks.js'
import { followBuild, noUses, type Uses } from './consumer.js'
import { parseJsonc, stringAt, valueAt } from './jsonc.js'
import { folderOf, resolvePath, type Scope } from './paths.js'

/** The Dockerfile that a development container is built from. */
export function usesByDevContainer(scope: Scope, file: SourceFile): Uses {
  const root = parseJsonc(file.text)
  const dockerfile = stringAt(root, 'build', 'dockerfile') ?? stringAt(root, 'dockerFile')
  if (dockerfile === undefined) return noUses
  const target = stringAt(root, 'build', 'target')
  const context = stringAt(root, 'build', 'context') ?? stringAt(root, 'context') ?? '.'
  const user = stringAt(root, 'containerUser') ?? stringAt(root, 'remoteUser')
  return followBuild(scope, {
    by: 'devcontainer',
    at: locationOf(file, /"dockerfile"\s*:\s*"[^"]*"/i),
    context,
    from: folderOf(file.path),
    dockerfile,
    dockerfileFrom: folderOf(file.path),
    ...(target && { target }),
    ...(user && { user: { value: user, at: locationOf(file, /"(containerUser|remoteUser)"\s*:\s*"[^"]*"/) } }),
  })
}

/** The Compose files that a development container is started with. */
export function stackOfDevContainer(file: SourceFile): Stack | undefined {
  const written = [valueAt(parseJsonc(file.text), 'dockerComposeFile') ?? []].flat()
  const files = written.flatMap((path) =>
    typeof path === 'string' ? (resolvePath(folderOf(file.path), path) ?? []) : [],
  )
  return files.length > 0 ? { files } : undefined
}

function locationOf(file: SourceFile, pattern: RegExp) {
  const found = pattern.exec(file.text)
  const start = found?.index ?? 0
  return { path: file.path, start, end: start + (found?.[0].length ?? 0) }
}

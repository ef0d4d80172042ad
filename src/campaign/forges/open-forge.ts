import type { Forge, ForgeAccess, Gate } from '../forge.js'

/**
 * The adapter for a forge; the others are not loaded.
 * @throws ForgeError of kind `invalid` if its API is neither reached by https nor on this machine
 */
export async function forgeOf(access: ForgeAccess, gate: Gate): Promise<Forge> {
  switch (access.kind) {
    case 'github':
      return (await import('./github.js')).githubForge(access, gate)
    case 'gitlab':
      return (await import('./gitlab.js')).gitlabForge(access, gate)
    case 'gitea':
      return (await import('./gitea.js')).giteaForge(access, gate)
  }
}

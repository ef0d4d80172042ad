/** Plans for tests: as whole as real ones, and made of a few words. */

import { slugOf } from '../../../src/campaign/address.js'
import { digestOf } from '../../../src/campaign/canonical.js'
import { planOf } from '../../../src/campaign/folder.js'
import type { Address, CampaignSettings, PlannedRepository } from '../../../src/campaign/model.js'
import { settingsOf } from '../../../src/campaign/settings/defaults.js'

export const settings: CampaignSettings = settingsOf({ name: 'No image runs as root' }, undefined)

export const github = (name: string): Address => ({
  kind: 'remote',
  forge: 'github',
  origin: 'https://github.com',
  name,
})

const PATCH = `diff --git a/Dockerfile b/Dockerfile
--- a/Dockerfile
+++ b/Dockerfile
@@ -1 +1,2 @@
 FROM scratch
+USER 10001
`

/** A repository with one pull request for each group, of one commit each. */
export function changed(address: Address, groups: readonly string[] = ['safe'], id = settings.id): PlannedRepository {
  const slug = slugOf(address)
  const bytes = Buffer.from(PATCH)
  const finding = {
    id: 'a1b2c3d4e5f6',
    transform: 'non-root-user',
    severity: 'high' as const,
    path: 'Dockerfile',
    line: 1,
    message: 'The image runs as root',
  }
  const file = '0001-non-root-user.patch'
  return {
    plan: {
      address,
      slug,
      findings: { high: groups.length, medium: 0, low: 1 },
      left: [
        {
          ...finding,
          id: 'b1b2c3d4e5f6',
          severity: 'low',
          message: 'There is no HEALTHCHECK',
          evidence: ['Nobody knows the port'],
        },
      ],
      unread: [],
      state: 'changes',
      base: { branch: 'main', commit: 'a'.repeat(40), inputs: digestOf('inputs'), read: ['Dockerfile'] },
      pulls: groups.map((group) => ({
        group,
        branch: `harden/${id}/${group}`,
        title: 'Run the image as 10001:10001',
        body: 'It ran as root.\n',
        labels: ['security'],
        reviewers: ['acme/platform'],
        draft: false,
        commits: [
          {
            transform: 'non-root-user',
            message: 'Run the image as 10001:10001\n',
            patch: { file, digest: digestOf(bytes) },
            files: [{ path: 'Dockerfile', mode: '100644', before: 'b'.repeat(40), after: 'c'.repeat(40) }],
            fixes: [{ ...finding, title: 'Run the image as 10001:10001', applicability: 'safe' }],
          },
        ],
      })),
    },
    patches: new Map(groups.map((group) => [`${slug}/${group}/${file}`, bytes])),
  }
}

export function failed(address: Address, reason: string): PlannedRepository {
  const findings = { high: 0, medium: 0, low: 0 }
  return {
    plan: { address, slug: slugOf(address), findings, left: [], unread: [], state: 'failed', reason },
    patches: new Map(),
  }
}

export const twoRepositories = () =>
  planOf(settings, [changed(github('acme/shop'), ['safe', 'healthcheck']), failed(github('acme/api'), 'it is gone')])

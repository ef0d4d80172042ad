import { createHash } from 'node:crypto'
import type { CampaignPlan } from '../../src/campaign/model.js'
import { encode } from '../../src/disk.js'
import { patchOf } from '../../src/engine/patch.js'
import { textFile } from '../../src/project.js'
import type { Campaign } from './campaigns.js'

/** Everything that has ever opened a hole in a page that shows other people's text. */
export const POISON = [
  '<script>window.pwned=1</script>',
  '</script><script>window.pwned=2</script>',
  '</pre></style></title></textarea></noscript>--><img src=x onerror="window.pwned=3">',
  '"><svg onload=window.pwned=4>',
  "' autofocus onfocus='window.pwned=5' x='",
  'javascript:window.pwned=6',
  '${window.pwned=7}`',
  '&lt;b&gt;&#60;i&#62;',
  'abc\u202edcba\u2066\u200b\u00ad\ufeff\x1b[31m\x07\r\n',
  '{{constructor.constructor("window.pwned=8")()}}',
].join(' ')

/** What a program decides by; everything else is shown, and so is a stranger's. */
const OURS = new Set(['version', 'state', 'kind', 'forge', 'level', 'severity', 'applicability', 'grouping', 'outcome'])

/** The same plan with poison in every text of it, and in every line of its patches. */
export function poisoned({ plan }: Campaign): Campaign {
  const before = { ...textFile(`a ${POISON}`, `FROM a\nENV X ${POISON.replaceAll('\n', ' ')}\nRUN b\n`) }
  const after = { ...before, text: before.text.replace('RUN b', `USER 1 ${POISON}`) }
  const patch = patchOf([{ path: before.path, before, after }], encode)
  const digest = `sha256:${createHash('sha256').update(patch).digest('hex')}`
  const hostile = spoiled(plan, '', digest) as CampaignPlan
  const patches = new Map<string, Buffer>()
  for (const repository of hostile.repositories)
    if (repository.state === 'changes')
      for (const { group, commits } of repository.pulls)
        for (const commit of commits) patches.set(`${repository.slug}/${group}/${commit.patch.file}`, patch)
  return { plan: hostile, patches }
}

function spoiled(value: unknown, key: string, digest: string): unknown {
  if (typeof value === 'string') return key === 'digest' ? digest : OURS.has(key) ? value : `${value} ${POISON}`
  if (Array.isArray(value)) return value.map((each) => spoiled(each, key, digest))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spoiled(inner, name, digest)]))
}

import {
  at,
  type Dockerfile,
  defineTransform,
  type Finding,
  type Image,
  type Instruction,
  numbersOfUser,
  usesOf,
  withNumbers,
} from '../src/sdk.js'

export default defineTransform<Dockerfile>({
  id: 'numeric-user',
  title: 'Name the user by number',
  severity: 'low',
  references: ['DL3066'],
  on: 'dockerfile',
  doc: `
Kubernetes does not look into an image: where \`runAsNonRoot\` is demanded, it cannot tell that \`USER app\` is not root and
does not start the container. A number it can check. And a name that does not exist is noticed only when the container
starts.

\`USER app\` becomes \`USER 10001:10001\` where the file makes the account with fixed ids, or its base is known to bring it.
Where the system chooses the ids, they are fixed first. An account in more groups, or in one whose number nobody knows,
is named by its own number alone: with a second one, the container would be in that group and no other.

Keeps quiet about numbers, about root, and about stages that nobody runs.

Reports without a fix, and says why, where the name comes from a variable, where accounts are changed by hand, and where
neither the file nor its base tells the ids.

## Safety

A matter of review. The container runs as the same account, with the same home directory and groups. Where ids become
fixed, files on volumes keep the old ones.
`,
  *run(document, project) {
    const seen = new Set<Instruction>()
    for (const { image } of usesOf(document, project)) {
      const { setBy } = image.user
      if (!setBy || seen.has(setBy)) continue
      seen.add(setBy)
      const finding = findingOf(image, setBy)
      if (finding) yield finding
    }
  },
})

function findingOf(image: Image, setBy: Instruction): Finding | undefined {
  const numbers = numbersOfUser(image)
  if (!numbers) return undefined
  const finding = {
    at: at(image.document, setBy),
    subject: `stage:${image.stage.name ?? image.stage.index}`,
    message: `Kubernetes cannot tell from the name ${image.user.name} that the image does not run as root`,
  }
  if ('obstacle' in numbers) return { ...finding, evidence: [numbers.obstacle] }
  const caveat =
    numbers.pins.length > 0
      ? `The account gets the fixed ids ${numbers.user}; files on volumes keep the ids it had before.`
      : 'Whoever looks for the name in the configuration of the image finds a number.'
  return {
    ...finding,
    fixes: [{ title: `Run as ${numbers.user}`, applicability: 'review', edits: withNumbers(image, numbers), caveat }],
  }
}

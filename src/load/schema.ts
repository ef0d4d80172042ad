/**
 * The shape of a configuration: the one source for its validation, its type and `docs/harden.schema.json`. Loaded only
 * when there is a configuration.
 */
import * as v from 'valibot'

const ID = /^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\/)?[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

const text = (what: string) => v.pipe(v.string(`must be ${what}`), v.nonEmpty(`must be ${what}, and not empty`))

const id = v.pipe(
  v.string('must be the id of a transform'),
  v.regex(ID, 'must be the id of a transform, such as non-root-user or acme/labels'),
  v.description('The id of a transform; that of a plug-in begins with its name: acme/labels.'),
)

const severity = v.pipe(
  v.picklist(['high', 'medium', 'low', 'off'], 'must be high, medium, low or off'),
  v.description('How bad its findings are; off leaves the transform out.'),
)

const pattern = v.pipe(
  text('a pattern'),
  v.description('As in .gitignore: a name at any depth, or a path from the root; with *, ** and ?.'),
)

const list = <const Item extends v.GenericSchema>(item: Item, of: string) => v.array(item, `must be a list of ${of}`)

const perTransform = <const Value extends v.GenericSchema>(value: Value, to: string) =>
  v.record(id, value, `must be a mapping from transforms to ${to}`)

const paths = v.strictObject(
  {
    include: v.optional(v.pipe(list(pattern, 'patterns'), v.description('Only these are reported and repaired.'))),
    exclude: v.optional(v.pipe(list(pattern, 'patterns'), v.description('These are not; ! takes one out again.'))),
  },
  'must be a mapping with include, exclude or both',
)

const ignored = v.strictObject(
  {
    transform: id,
    path: v.optional(pattern),
    finding: v.optional(
      v.pipe(
        v.string('must be the id of a finding'),
        v.regex(/^[0-9a-f]{12}$/, 'must be the id of a finding, 12 letters and digits in quotes'),
        v.description('The id of one finding, as the JSON report shows it. Put it in quotes.'),
      ),
    ),
    reason: v.pipe(text('words for a person'), v.description('Why it stays as it is.')),
    until: v.optional(
      v.pipe(
        v.string('must be a date such as 2030-12-31'),
        v.isoDate('must be a date such as 2030-12-31'),
        v.description('The last day it is ignored.'),
      ),
    ),
  },
  'must be a mapping with transform and reason',
)

export const schema = v.pipe(
  v.strictObject(
    {
      $schema: v.optional(v.pipe(v.string('must be an address'), v.description('Where editors find this schema.'))),
      only: v.optional(
        v.pipe(
          list(id, 'transforms'),
          v.nonEmpty('must name a transform'),
          v.description('Run these transforms alone.'),
        ),
      ),
      skip: v.optional(v.pipe(list(id, 'transforms'), v.description('Leave these transforms out.'))),
      severity: v.optional(
        v.pipe(perTransform(severity, 'severities'), v.description('How bad a finding is, by transform.')),
      ),
      paths: v.optional(v.pipe(paths, v.description('Where findings are reported and repaired.'))),
      ignore: v.optional(v.pipe(list(ignored, 'mappings'), v.description('Findings that stay as they are, and why.'))),
      options: v.optional(
        v.pipe(
          perTransform(v.record(v.string(), v.unknown(), 'must be a mapping of options'), 'options'),
          v.description('Settings of single transforms.'),
        ),
      ),
      plugins: v.optional(
        v.pipe(
          list(text('a module'), 'modules'),
          v.description(
            "Modules with further transforms: packages, or files beginning with ./ or /. Loaded from a file named by --config or the user's own configuration, never from that of the project.",
          ),
        ),
      ),
    },
    'must be a mapping',
  ),
  v.title('harden'),
  v.description('Configuration of harden, in .harden.yml, .harden.yaml or .harden.json at the root of a project.'),
)

/** What a configuration file says, once it is valid. */
export type Settings = v.InferOutput<typeof schema>

/** How a configuration file is read. */
export const configuration = { schema, called: 'the configuration' }

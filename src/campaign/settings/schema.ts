/**
 * The shape of a campaign file: the one source for its validation, its type and `docs/campaign.schema.json`. What a schema
 * cannot say, such as whether a repository's address is one, is said by `read.ts`.
 */
import * as v from 'valibot'

const TRANSFORM = /^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\/)?[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
/** No capital letters, so that no token known today passes for a name. */
const VARIABLE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
/** What git accepts as the beginning of a branch, and no shell or forge reads as anything else. */
const BRANCH = /^(?!.*\.lock(?:\/|$))[A-Za-z0-9_]+(?:[./-][A-Za-z0-9_]+)*$/

const MOST_LETTERS = 60

const words = (what: string, most = 1000) =>
  v.pipe(
    v.string(`must be ${what}`),
    v.nonEmpty(`must be ${what}, and not empty`),
    v.maxLength(most, `must be ${what} of at most ${most} letters`),
  )

const matching = (pattern: RegExp, what: string, most = 200) =>
  v.pipe(v.string(`must be ${what}`), v.regex(pattern, `must be ${what}`), v.maxLength(most, `must be ${what}`))

const list = <const Item extends v.GenericSchema>(item: Item, of: string) => v.array(item, `must be a list of ${of}`)

const flag = v.boolean('must be true or false')

const between = (least: number, most: number, what: string) => {
  const said = `must be ${what} from ${least} to ${most}`
  return v.pipe(v.number(said), v.minValue(least, said), v.maxValue(most, said))
}

const whole = (most: number, what: string) => {
  const said = `must be ${what} from 1 to ${most}`
  return v.pipe(v.number(said), v.integer(said), v.minValue(1, said), v.maxValue(most, said))
}

const about = <const Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.optional(v.pipe(schema, v.description(description)))

const transform = matching(TRANSFORM, 'the id of a transform, such as non-root-user')

/** One of these: a file, or what a forge is asked for. */
const selection = v.strictObject(
  {
    file: about(words('a file'), 'A file with one repository or pattern per line; # begins a comment.'),
    owner: about(words('an owner'), 'All repositories of an organisation, a user, or a group with its subgroups.'),
    topic: about(words('a topic'), 'Those that carry this topic.'),
    search: about(words('a search'), "What the forge's own search for repositories finds."),
    forks: about(flag, 'Whether forks are taken as well: false unless told.'),
    forge: about(words('the host of a forge'), 'Where to look: github.com unless told.'),
  },
  'must be a repository, a pattern, or a mapping with file, owner, topic or search',
)

const repository = v.union(
  [
    v.pipe(
      words('a repository or a pattern', 500),
      v.description(
        'owner/name, an address, a path that begins with ./ or /, or a pattern such as acme/*; ! before one leaves out what it fits.',
      ),
    ),
    selection,
  ],
  'must be a repository, a pattern, or a mapping with file, owner, topic or search',
)

const forge = v.strictObject(
  {
    origin: v.pipe(words('an address such as https://git.example.com'), v.description('https://git.example.com')),
    kind: v.picklist(['github', 'gitlab', 'gitea'], 'must be github, gitlab or gitea'),
    api: about(words('an address'), 'Where its API is, if not where its kind has it.'),
    token: about(
      matching(VARIABLE, 'the name of an environment variable in capital letters, never the token itself'),
      'The environment variable that holds the token.',
    ),
  },
  'must be a mapping with origin and kind',
)

const author = v.strictObject(
  {
    name: matching(/^[^<>\r\n\0]+$/, 'a name without < and >'),
    email: matching(/^[^<>\s\0@]+@[^<>\s\0@]+$/, 'an e-mail address'),
  },
  'must be a mapping with name and email',
)

const pullRequest = v.strictObject(
  {
    title: about(
      words('a line of text', 200),
      'A template, such as {{title}} in {{repository}}; harden words titles itself unless told.',
    ),
    body: about(
      words('text', 16_384),
      'A template in Markdown with {{summary}}, {{changes}}, {{evidence}} and others; harden words bodies itself unless told.',
    ),
    'body-file': about(words('a file'), 'The same in a file of its own.'),
    draft: about(flag, 'Whether they are opened as drafts: false unless told.'),
    labels: about(list(words('a label', 100), 'labels'), 'Labels that each of them gets.'),
    reviewers: about(
      list(matching(/^[\w.-]+(?:\/[\w.-]+)?$/, 'a login name, or owner/team'), 'people and teams'),
      'Who is asked for a review: login names, and teams as owner/team.',
    ),
    codeowners: about(flag, 'Whether those whom CODEOWNERS names are asked as well: false unless told.'),
    author: about(author, 'Who the commits are by.'),
  },
  'must be a mapping',
)

const perHour = v.strictObject(
  {
    start: about(whole(10_000, 'a number'), 'What the first hour may open.'),
    step: about(whole(10_000, 'a number'), 'By how much that grows for each clean ten minutes.'),
    most: about(whole(10_000, 'a number'), 'Where that ends.'),
  },
  'must be a number, or a mapping with start, step and most',
)

const limits = v.strictObject(
  {
    gap: about(between(0, 3600, 'seconds'), 'Seconds between two requests that change something: 1.'),
    'notifying-gap': about(between(0, 3600, 'seconds'), 'Seconds between two requests that notify people: 3.'),
    'per-minute': about(whole(10_000, 'a number'), 'Requests in a minute that change something: 40.'),
    'per-hour': about(
      v.union([whole(10_000, 'a number'), perHour], 'must be a number, or a mapping with start, step and most'),
      'The same in an hour: 60 at first, 10 more for each clean ten minutes, 400 at most.',
    ),
  },
  'must be a mapping',
)

const quotas = v.strictObject(
  {
    seconds: about(whole(86_400, 'seconds'), 'For everything that is fetched of one repository.'),
    megabytes: about(whole(1_000_000, 'megabytes'), 'On disk, of what is fetched of one repository.'),
    entries: about(whole(100_000_000, 'a number'), 'Files and folders of one repository.'),
    'file-megabytes': about(whole(1000, 'megabytes'), 'Of one file; larger ones are not read.'),
  },
  'must be a mapping',
)

const share = between(0, 1, 'a share')

const stopLoss = v.strictObject(
  {
    'checks-failed': about(share, 'The share whose checks failed: 0.3.'),
    closed: about(share, 'The share that people closed unmerged: 0.2.'),
  },
  'must be a mapping',
)

export const schema = v.pipe(
  v.strictObject(
    {
      $schema: about(v.string('must be an address'), 'Where editors find this schema.'),
      name: v.pipe(words('a name', MOST_LETTERS), v.description('What it is about, for people.')),
      id: about(
        matching(ID, `letters, digits and single hyphens, at most ${MOST_LETTERS}`, MOST_LETTERS),
        'Part of branch names and of the marker in each pull request: made of the name unless told.',
      ),
      repositories: about(list(repository, 'repositories'), 'What is planned.'),
      forges: about(list(forge, 'forges'), 'Forges besides github.com, gitlab.com, codeberg.org and gitea.com.'),
      only: about(
        v.pipe(list(transform, 'transforms'), v.nonEmpty('must name a transform')),
        'Run these transforms alone.',
      ),
      skip: about(list(transform, 'transforms'), 'Leave these transforms out.'),
      options: about(
        v.record(
          transform,
          v.record(v.string(), v.unknown(), 'must be a mapping of options'),
          'must be a mapping from transforms to options',
        ),
        'Settings of single transforms.',
      ),
      level: about(
        v.picklist(['safe', 'review'], 'must be safe or review'),
        'Whether fixes that want a look are proposed as well: safe unless told.',
      ),
      grouping: about(
        v.picklist(['safe-together', 'one', 'by-transform'], 'must be safe-together, one or by-transform'),
        'What goes into one pull request: safe-together unless told.',
      ),
      'pull-request': about(pullRequest, 'How pull requests look.'),
      branch: about(
        matching(BRANCH, 'the beginning of a branch name, such as chore/harden', 100),
        'What branches begin with: harden/<id> unless told.',
      ),
      commits: about(
        v.picklist(['git', 'api', 'auto'], 'must be git, api or auto'),
        'By git push, through the API of the forge, or by push unless a branch wants verified commits: auto unless told.',
      ),
      limits: about(limits, 'How fast a forge is written to.'),
      quotas: about(quotas, 'How much of this machine planning one repository may take.'),
      waves: about(
        list(whole(100_000, 'a number'), 'numbers'),
        'How many repositories each wave opens; those left over are the last: [10, 100] unless told.',
      ),
      'stop-loss': about(stopLoss, 'Shares of what is open at which no further wave is opened.'),
    },
    'must be a mapping',
  ),
  v.title('harden campaign'),
  v.description('A campaign of harden: the same repair as pull requests across many repositories.'),
)

/** What a campaign file says, once it is valid. */
export type CampaignFile = v.InferOutput<typeof schema>

/** How a campaign file is read. A message never shows what stands where a token may have been pasted. */
export const campaignFile = {
  schema,
  called: 'the campaign',
  hides: (place: readonly PropertyKey[]) => place.at(-1) === 'token',
}

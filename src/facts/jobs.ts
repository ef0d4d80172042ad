/**
 * Command lines that do their work and end, as opposed to those that serve: migrations, seeds, the making of buckets and
 * topics. Each from the tool's own documentation.
 */

/** What a command line does, as far as it is known: work that ends, or no more than prepare it. */
export type Task = 'job' | 'plumbing'

/** A program's arguments that make it a job, by its name without folder and ending. */
const JOBS: ReadonlyMap<string, RegExp> = new Map([
  ['manage', /^(migrate|loaddata|collectstatic|createsuperuser|createcachetable|compilemessages)( |$)/],
  ['django-admin', /^(migrate|loaddata|collectstatic)( |$)/],
  ['alembic', /^(-\S+ \S+ )*(upgrade|downgrade|stamp) /],
  ['flask', /^db (upgrade|init|stamp)( |$)/],
  ['airflow', /^(db (init|upgrade|migrate)|users create|connections add)( |$)/],
  ['superset', /^(db upgrade|init|fab create-admin)( |$)/],
  ['aerich', /^(upgrade|init-db)( |$)/],
  ['rails', /^db:(create|migrate|prepare|seed|setup|schema:load)( |$)/],
  ['rake', /^db:(create|migrate|prepare|seed|setup|schema:load)( |$)/],
  ['artisan', /^(migrate(:fresh|:refresh)?|db:seed)( |$)/],
  ['console', /^doctrine:(migrations:migrate|database:create|schema:(create|update)|fixtures:load)( |$)/],
  ['prisma', /^(migrate deploy|db (push|seed))( |$)/],
  ['sequelize', /^db:(create|migrate|seed(:all)?)( |$)/],
  ['sequelize-cli', /^db:(create|migrate|seed(:all)?)( |$)/],
  ['knex', /^(migrate:latest|seed:run)( |$)/],
  ['typeorm', /^migration:run( |$)/],
  ['drizzle-kit', /^(migrate|push)( |$)/],
  ['mix', /^ecto\.(create|migrate|setup)( |$)/],
  ['diesel', /^(migration run|setup|database setup)( |$)/],
  ['sqlx', /^(migrate run|database (create|setup))( |$)/],
  ['goose', / up( |$)|^up( |$)/],
  ['dbmate', /(^| )(up|migrate)( |$)/],
  ['flyway', /(^| )migrate( |$)/],
  ['liquibase', /(^| )update( |$)/],
  // golang-migrate
  ['migrate', /(^| )up( |$)/],
  ['mc', /^(alias set|config host add|mb|policy set|anonymous set|cp|admin (user|policy)|ilm|version) /],
  ['psql', /(^| )(-\w*[cf]|--command|--file)/],
  ['pg_restore', /./],
  ['mysql', /(^| )(-e|--execute)/],
  ['mongosh', /(^| )--eval/],
  ['mongoimport', /./],
  ['mongorestore', /./],
  ['kafka-topics', /(^| )--create( |$)/],
])

/** What only prepares or reports: waiting, printing, making directories. */
const PLUMBING: ReadonlyMap<string, RegExp> = new Map([
  ...[
    ...['echo', 'printf', 'true', 'false', 'test', '[', '[[', 'cd', 'set', 'export', 'exit', 'return', 'cat', 'date'],
    ...['mkdir', 'cp', 'mv', 'rm', 'ln', 'touch', 'chmod', 'chown', 'nc', 'curl', 'pg_isready', 'wait-for-it'],
  ].map((name) => [name, /^/] as const),
  ['sleep', /^[\d.]+[smh]?$/],
  // `mc ready` only asks.
  ['mc', /^ready /],
])

/** Programs that run the rest of their line: what counts is what follows. */
const WRAPPERS: readonly RegExp[] = [
  /^python[\d.]* -m /,
  /^(python[\d.]*|php|ruby|bundle exec|poetry run|uv run|pipenv run|npx|bunx|pnpm exec|yarn|exec|time)( -[uBO]+)* /,
  /^wait-for-it(\.sh)? \S+( -\S+| \d+)* -- /,
]

/** What a command does, given its words; `undefined` for what nobody here knows, which may well go on for ever. */
export function taskOf(words: readonly string[]): Task | undefined {
  let line = words.join(' ')
  const wrapperOf = (text: string) => WRAPPERS.find((each) => each.test(text))
  for (let wrapper = wrapperOf(line); wrapper; wrapper = wrapperOf(line)) line = line.replace(wrapper, '')
  const [program = '', ...args] = line.split(' ')
  const name = program.slice(program.lastIndexOf('/') + 1).replace(/\.(py|sh|js)$/, '')
  const rest = args.join(' ')
  if (JOBS.get(name)?.test(rest)) return 'job'
  return PLUMBING.get(name)?.test(rest) ? 'plumbing' : undefined
}

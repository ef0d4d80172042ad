/**
 * How to ask the services that people run from published images whether they are ready: with what the image itself
 * brings, on 127.0.0.1, without a password. Each test was read in the image's own recipe or documentation; `measured`
 * ones were run against the real server, ready, starting, refusing and gone.
 */
import { parseReference } from './base-images.js'

/** A health check as Compose knows it; `$` is not yet doubled. */
export interface Check {
  readonly test: readonly ['CMD' | 'CMD-SHELL', ...string[]]
  readonly interval: string
  readonly timeout: string
  readonly retries: number
  readonly startPeriod?: string
}

/** How a container of the image is run. */
export interface Run {
  /** Of the image, `latest` if it has none. */
  readonly tag: string
  /** The words of its command; none if the image's own is run. */
  readonly words: readonly string[]
  /** `undefined` for a value that only run time knows. */
  readonly environment: ReadonlyMap<string, string | undefined>
  /** Where something is mounted into it. */
  readonly targets: readonly string[]
}

export type Confidence = 'measured' | 'documented'

/** Whether settings that are mounted into it `decide` where it listens, `may` move it, or have no say in that. */
export type Settings = 'decide' | 'may' | 'none'

/** `check`: this one · `shipped`: the image brings one · `none`: there is nothing in it to ask with, or no telling what. */
export type Advice =
  | {
      readonly kind: 'check'
      readonly check: Check
      readonly confidence: Confidence
      /** The program it asks with. */
      readonly asks: string
      readonly settings: Settings
    }
  | { readonly kind: 'shipped' }
  | { readonly kind: 'none'; readonly why: string }

interface Row {
  readonly images: readonly string[]
  /** What it is, as people call it. */
  readonly name: string
  /** First words of a command that is still this service; what begins with `-` always is. */
  readonly programs: readonly string[]
  readonly confidence: Confidence
  /** `may`, unless it says otherwise. */
  readonly settings?: Settings
  readonly advise: (run: Run) => Check | string | 'shipped' | undefined
}

/** What is known of a service's image as it is run; `undefined` if nothing is, or if it is run as something else. */
export function adviceOn(
  image: string,
  words: readonly string[],
  environment: Run['environment'],
  targets: Run['targets'] = [],
): (Advice & { readonly name: string }) | undefined {
  const { registry, repository, tag } = parseReference(image)
  const name = registry === 'docker.io' ? repository : `${registry}/${repository}`
  const row = BY_IMAGE.get(name)
  if (!row) return undefined
  const [first] = words
  if (first !== undefined && !first.startsWith('-') && !row.programs.includes(baseName(first))) return undefined
  const run = { tag: tag ?? 'latest', words, environment, targets }
  const advice = row.advise(run)
  if (advice === undefined) return undefined
  if (advice === 'shipped') return { kind: 'shipped', name: row.name }
  const why = typeof advice === 'string' ? advice : sentElsewhere(advice, run)
  if (typeof advice === 'string' || why) return { kind: 'none', why: why!, name: row.name }
  const asks = TOOL.exec(advice.test.slice(1).join(' '))?.[0] ?? 'its own tools'
  const { confidence, settings = 'may' } = row
  return { kind: 'check', check: advice, confidence, asks, settings, name: row.name }
}

/** curl and wget ask a proxy even about 127.0.0.1. */
function sentElsewhere({ test }: Check, { environment }: Run): string | undefined {
  if (!/\b(curl|wget)\b/.test(test.join(' '))) return undefined
  const proxy = [...environment.keys()].find((name) => /^(http|all)_proxy$/i.test(name))
  return proxy && `${proxy} would send the question elsewhere`
}

const TOOL =
  /\b(pg_isready|redis-cli|valkey-cli|mysqladmin|mariadb-admin|mongosh|mongo|rabbitmq-diagnostics|zkServer\.sh|promtool|traefik|loki|influx|cqlsh|check-grid\.sh|healthcheck\.sh|curl|wget|nc|php|node|bash)\b/

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

const shell = (text: string): Check['test'] => ['CMD-SHELL', text]
const exec = (...words: readonly string[]): Check['test'] => ['CMD', ...words]

/** Quick, cheap checks of what starts within seconds. */
const often = (test: Check['test'], startPeriod = '30s'): Check => ({
  test,
  interval: '10s',
  timeout: '5s',
  retries: 5,
  startPeriod,
})
/** Checks that cost more, or of what takes its time. */
const seldom = (test: Check['test'], startPeriod = '60s'): Check => ({
  test,
  interval: '30s',
  timeout: '10s',
  retries: 5,
  startPeriod,
})

/** The first number in a tag: its major version, if it names one. */
function major(tag: string): number | undefined {
  const digits = /^v?(\d+)(?:[.-]|$)/.exec(tag)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function minor(tag: string): number | undefined {
  const digits = /^v?\d+\.(\d+)/.exec(tag)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The value of an option, written `--port 1`, `--port=1` or `-p1`. */
function option(words: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [i, word] of words.entries()) {
    for (const name of names) {
      if (word === name) return words[i + 1] ?? ''
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1)
      if (/^-\w$/.test(name) && word.startsWith(name) && /^\d+$/.test(word.slice(2))) return word.slice(2)
    }
  }
  return undefined
}

/** A port that an option names: itself, nothing where no option does, or why it cannot be known. */
function portOf(
  words: readonly string[],
  ...names: readonly string[]
): string | undefined | { readonly problem: string } {
  const value = option(words, ...names)
  if (value === undefined) return undefined
  return /^\d{1,5}$/.test(value) ? value : { problem: `its command sets ${names[0]} to ${value}` }
}

/** Why a command or a variable leaves open where the service listens. */
function openBy(
  { words, environment }: Run,
  options: readonly string[],
  variables: readonly string[] = [],
): string | undefined {
  const name = options.find((each) => !isEverywhere(option(words, each)) && option(words, each) !== undefined)
  if (name) return `its command says ${words.find((word) => word === name || word.startsWith(`${name}=`)) ?? name}`
  const variable = variables.find((name) => environment.has(name) && !isEverywhere(environment.get(name)))
  return variable ? `${variable} changes where it listens` : undefined
}

/** Addresses that 127.0.0.1 belongs to. */
function isEverywhere(address: string | undefined): boolean {
  return address !== undefined && ['*', '0.0.0.0', '127.0.0.1', 'localhost', '_local_'].includes(address)
}

/** Redis and what descends from it. A refusal for want of a password is an answer: the server is up. */
function redisCheck(cli: string, run: Run, mayAskForPassword = false): Check | string {
  const { words } = run
  // Settings in a file are the server's first argument; the image puts the server before an option or a file.
  const file = words.slice(0, 2).find((word) => /\.conf$/.test(word))
  if (file) return `its settings are in ${file}`
  const open = openBy(run, ['--tls-port', '--unixsocket', '--include', '--bind', '--aclfile', '--user'])
  if (open) return open
  const port = portOf(words, '--port')
  if (typeof port === 'object') return port.problem
  const answer =
    mayAskForPassword || option(words, '--requirepass') !== undefined ? "grep -Eq 'PONG|NOAUTH'" : 'grep -q PONG'
  return { ...often(shell(`${cli}${port ? ` -p ${port}` : ''} ping | ${answer}`), '10s'), timeout: '3s' }
}

function postgresCheck(run: Run, user = 'POSTGRES_USER', database?: string): Check | string {
  const settings = run.words.flatMap((word, i) =>
    word === '-c' ? [run.words[i + 1] ?? ''] : /^(-c|--)[a-z_]+=/.test(word) ? [word.replace(/^(-c|--)/, '')] : [],
  )
  const open = settings.find(
    (setting) =>
      /^(listen_addresses|config_file|unix_socket)/.test(setting) &&
      !/^listen_addresses\s*=\s*'?(\*|0\.0\.0\.0)'?$/.test(setting),
  )
  if (open) return `its command sets ${open}`
  const address = option(run.words, '-h')
  if (address !== undefined && !isEverywhere(address)) return `its command says -h ${address}`
  const port =
    portOf(run.words, '-p') ?? settings.map((setting) => /^port\s*=\s*(\d+)$/.exec(setting)?.[1]).find(Boolean)
  if (typeof port === 'object') return port.problem
  const base = database ? ` -d "\${${database}:-\${${user}:-postgres}}"` : ''
  return often(shell(`pg_isready -q -h 127.0.0.1${port ? ` -p ${port}` : ''} -U "\${${user}:-postgres}"${base}`), '60s')
}

function mysqlCheck(run: Run, admin: (port: string) => Check['test']): Check | string {
  const open = openBy(
    run,
    ['--skip-networking', '--skip_networking', '--bind-address', '--bind_address', '--defaults-file'],
    ['MYSQL_TCP_PORT'],
  )
  if (open) return open
  const port = portOf(run.words, '--port', '-P')
  if (typeof port === 'object') return port.problem
  return { ...often(admin(port ?? ''), '60s'), retries: 10 }
}

/** Whether MongoDB's first start runs a temporary server, which listens on 127.0.0.1 alone. */
function hasFirstServer({ environment, targets }: Run): boolean {
  const isMade = [...environment.keys()].some((name) => name.startsWith('MONGO_INITDB_ROOT_USERNAME'))
  return isMade || targets.some((target) => target.startsWith('/docker-entrypoint-initdb.d'))
}

/** The port of the first listener that clients use and that 127.0.0.1 reaches, from the variables that Kafka's images read. */
function kafkaPort({ environment }: Run, ...names: readonly string[]): string | { readonly problem: string } {
  for (const name of names) {
    if (!environment.has(name)) continue
    const listeners = (environment.get(name) ?? '')
      .split(',')
      .map((each) => /^\s*(\w+):\/\/([^:]*):(\d+)\s*$/.exec(each))
    const clients = listeners.filter((each) => each && each[1] !== 'CONTROLLER')
    if (clients.length === 0) return { problem: `${name} cannot be read` }
    const isAll = (host: string) =>
      ['', 'localhost'].includes(host) || isEverywhere(host) || name.includes('ADVERTISED')
    const reachable = clients.find((each) => isAll(each![2]!))
    return reachable ? reachable[3]! : { problem: `${name} binds ${clients[0]![2]} alone` }
  }
  return '9092'
}

const isAlpine = (tag: string) => /alpine/.test(tag)

const ROWS: readonly Row[] = [
  {
    // The temporary server of the first start listens on its socket alone: only 127.0.0.1 tells when the real one is up.
    images: ['postgres', 'postgis/postgis', 'timescale/timescaledb', 'pgvector/pgvector'],
    name: 'PostgreSQL',
    programs: ['postgres'],
    confidence: 'measured',
    advise: (run) => postgresCheck(run, 'POSTGRES_USER', 'POSTGRES_DB'),
  },
  {
    images: ['bitnami/postgresql', 'bitnamilegacy/postgresql'],
    name: 'PostgreSQL',
    programs: [],
    confidence: 'documented',
    advise: (run) => openBy(run, [], ['POSTGRESQL_PORT_NUMBER']) ?? postgresCheck(run, 'POSTGRESQL_USERNAME'),
  },
  {
    // A refusal for want of a password ends with 0 as well: the server is there.
    images: ['mysql'],
    name: 'MySQL',
    programs: ['mysqld'],
    confidence: 'measured',
    advise: (run) =>
      mysqlCheck(run, (port) =>
        exec('mysqladmin', 'ping', '-h', '127.0.0.1', ...(port ? ['-P', port] : []), '--silent'),
      ),
  },
  {
    // Not the image's healthcheck.sh: it needs an account that volumes made by older tags do not have.
    images: ['mariadb'],
    name: 'MariaDB',
    programs: ['mysqld', 'mariadbd'],
    confidence: 'measured',
    advise: (run) =>
      mysqlCheck(run, (port) => {
        const where = `-h 127.0.0.1${port ? ` -P ${port}` : ''} --silent`
        return shell(`mariadb-admin ping ${where} || mysqladmin ping ${where}`)
      }),
  },
  ...['mysql', 'mariadb'].map(
    (name): Row => ({
      images: [`bitnami/${name}`, `bitnamilegacy/${name}`],
      name: name === 'mysql' ? 'MySQL' : 'MariaDB',
      programs: [],
      confidence: 'documented',
      advise: () => ({ ...often(exec(`/opt/bitnami/scripts/${name}/healthcheck.sh`), '60s'), retries: 10 }),
    }),
  ),
  {
    images: ['mongo', 'mongodb/mongodb-community-server'],
    name: 'MongoDB',
    programs: ['mongod'],
    confidence: 'documented',
    advise: (run) => {
      const open = openBy(run, ['--config', '-f', '--tlsMode', '--sslMode', '--bind_ip', '--ipv6'])
      if (open) return open
      const port = portOf(run.words, '--port')
      if (typeof port === 'object') return port.problem
      // 5.0 brings both shells, for certain the old one.
      const client = [(major(run.tag) ?? 99) < 6 ? 'mongo' : 'mongosh', '--quiet', ...(port ? ['--port', port] : [])]
      const ask = 'quit(db.adminCommand({ ping: 1 }).ok ? 0 : 2)'
      const test = hasFirstServer(run)
        ? shell(`${client.join(' ')} --host "$HOSTNAME" --eval '${ask}'`)
        : exec(...client, '--eval', ask)
      return { ...often(test, '40s'), timeout: '10s' }
    },
  },
  {
    images: ['redis'],
    name: 'Redis',
    settings: 'none',
    programs: ['redis-server'],
    confidence: 'measured',
    advise: (run) => redisCheck('redis-cli', run),
  },
  {
    images: ['bitnami/redis', 'bitnamilegacy/redis'],
    name: 'Redis',
    programs: [],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['REDIS_PORT_NUMBER', 'REDIS_TLS_ENABLED', 'REDIS_EXTRA_FLAGS']) ??
      redisCheck('redis-cli', run, true),
  },
  {
    images: ['valkey/valkey'],
    name: 'Valkey',
    programs: ['valkey-server'],
    confidence: 'documented',
    advise: (run) => openBy(run, [], ['VALKEY_EXTRA_FLAGS']) ?? redisCheck('valkey-cli', run),
  },
  {
    images: ['bitnami/valkey', 'bitnamilegacy/valkey'],
    name: 'Valkey',
    programs: [],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['VALKEY_PORT_NUMBER', 'VALKEY_TLS_ENABLED', 'VALKEY_EXTRA_FLAGS']) ??
      redisCheck('valkey-cli', run, true),
  },
  {
    images: ['memcached'],
    name: 'Memcached',
    settings: 'none',
    programs: ['memcached'],
    confidence: 'measured',
    advise: (run) => {
      const open = openBy(run, [
        '-s',
        '--unix-socket',
        '-S',
        '--enable-sasl',
        '-Y',
        '--auth-file',
        '-Z',
        '--enable-ssl',
        '-l',
        '--listen',
      ])
      if (open) return open
      const port = portOf(run.words, '-p', '--port') ?? '11211'
      if (typeof port === 'object') return port.problem
      const ask = "printf 'version\\r\\nquit\\r\\n'"
      return often(
        isAlpine(run.tag)
          ? shell(`${ask} | nc -w 2 127.0.0.1 ${port} | grep -q VERSION`)
          : exec('bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port} && ${ask} >&3 && grep -q VERSION <&3`),
        '10s',
      )
    },
  },
  {
    images: ['rabbitmq'],
    name: 'RabbitMQ',
    settings: 'none',
    programs: ['rabbitmq-server'],
    confidence: 'measured',
    advise: () => ({ ...seldom(exec('rabbitmq-diagnostics', '-q', 'ping')), timeout: '15s' }),
  },
  {
    images: ['apache/kafka', 'apache/kafka-native'],
    name: 'Kafka',
    programs: [],
    confidence: 'documented',
    advise: (run) => {
      const port = kafkaPort(run, 'KAFKA_LISTENERS')
      return typeof port === 'object'
        ? port.problem
        : { ...often(exec('nc', '-z', '127.0.0.1', port), '60s'), interval: '15s', retries: 10 }
    },
  },
  {
    images: ['confluentinc/cp-kafka', 'confluentinc/cp-server'],
    name: 'Kafka',
    programs: [],
    confidence: 'documented',
    advise: (run) => {
      const port = kafkaPort(run, 'KAFKA_LISTENERS', 'KAFKA_ADVERTISED_LISTENERS')
      if (typeof port === 'object') return port.problem
      return { ...often(exec('bash', '-c', `</dev/tcp/127.0.0.1/${port}`), '60s'), interval: '15s', retries: 10 }
    },
  },
  {
    images: ['bitnami/kafka', 'bitnamilegacy/kafka'],
    name: 'Kafka',
    programs: [],
    confidence: 'documented',
    advise: (run) => {
      const port = kafkaPort(run, 'KAFKA_CFG_LISTENERS', 'KAFKA_LISTENERS')
      if (typeof port === 'object') return port.problem
      return { ...often(exec('bash', '-c', `</dev/tcp/127.0.0.1/${port}`), '60s'), interval: '15s', retries: 10 }
    },
  },
  {
    images: ['zookeeper'],
    name: 'ZooKeeper',
    programs: ['zkServer.sh'],
    confidence: 'documented',
    advise: ({ environment }) => {
      const words = environment.get('ZOO_4LW_COMMANDS_WHITELIST')?.split(/[\s,]+/)
      if (environment.has('ZOO_4LW_COMMANDS_WHITELIST') && !words?.some((word) => word === '*' || word === 'srvr'))
        return 'ZOO_4LW_COMMANDS_WHITELIST leaves out srvr, which its own status asks with'
      return { ...often(shell('zkServer.sh status >/dev/null 2>&1')), interval: '15s', timeout: '10s' }
    },
  },
  {
    // With security on it answers 401 over https: that is an answer, and needs no password.
    images: ['elasticsearch', 'docker.elastic.co/elasticsearch/elasticsearch', 'opensearchproject/opensearch'],
    name: 'the search engine',
    programs: [],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['http.port', 'http.host', 'network.host']) ?? {
        ...seldom(
          shell(
            `c=$(curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1:9200/ || true); [ "$c" = 200 ] || [ "$c" = 401 ] || curl -fs -o /dev/null http://127.0.0.1:9200/_cluster/health`,
          ),
          '90s',
        ),
        interval: '15s',
        retries: 10,
      },
  },
  {
    images: ['kibana', 'docker.elastic.co/kibana/kibana'],
    name: 'Kibana',
    programs: [],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['SERVER_BASEPATH', 'SERVER_SSL_ENABLED', 'SERVER_PORT', 'SERVER_HOST']) ?? {
        ...seldom(
          shell(`curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:5601/api/status | grep -qE '^(200|401|302)$'`),
          '120s',
        ),
        retries: 10,
      },
  },
  {
    images: ['logstash', 'docker.elastic.co/logstash/logstash'],
    name: 'Logstash',
    programs: ['logstash'],
    confidence: 'documented',
    advise: (run) =>
      openBy(
        run,
        ['--api.enabled', '--api.http.port', '--api.http.host', '--http.port', '--http.host'],
        ['API_ENABLED', 'API_HTTP_PORT', 'API_HTTP_HOST', 'HTTP_PORT', 'HTTP_HOST', 'API_SSL_ENABLED'],
      ) ?? { ...seldom(exec('curl', '-fs', '-o', '/dev/null', 'http://127.0.0.1:9600/'), '120s'), retries: 10 },
  },
  {
    // Releases of a year had no curl, others no mc.
    images: ['minio/minio', 'quay.io/minio/minio'],
    name: 'MinIO',
    settings: 'none',
    programs: ['server', 'minio'],
    confidence: 'measured',
    advise: (run) => {
      const open = openBy(
        run,
        ['--certs-dir', '-S', '--config'],
        ['MINIO_ADDRESS', 'MINIO_CONFIG_ENV_FILE', 'MINIO_OPTS'],
      )
      if (open) return open
      if (run.words.length === 0) return 'it is given nothing to serve'
      const certificates = run.targets.find((target) => target.startsWith('/root/.minio'))
      if (certificates) return `what is mounted at ${certificates} may make it speak TLS`
      const address = option(run.words, '--address')
      const port = address === undefined ? '9000' : /^(?:0\.0\.0\.0)?:(\d+)$/.exec(address)?.[1]
      if (!port) return `its command sets --address to ${address}`
      const ask = `curl -fs -o /dev/null http://127.0.0.1:${port}/minio/health/live`
      return { ...often(shell(port === '9000' ? `${ask} || mc ready local` : ask), '20s'), interval: '15s' }
    },
  },
  {
    images: ['httpd'],
    name: 'Apache',
    settings: 'decide',
    programs: ['httpd', 'httpd-foreground'],
    confidence: 'documented',
    advise: ({ tag }) =>
      seldom(
        isAlpine(tag)
          ? exec('nc', '-z', '127.0.0.1', '80')
          : exec(
              'bash',
              '-c',
              "exec 3<>/dev/tcp/127.0.0.1/80 && printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q HTTP/ <&3",
            ),
        '10s',
      ),
  },
  ...(
    [
      [['nginx'], '80'],
      [['nginxinc/nginx-unprivileged'], '8080'],
    ] as const
  ).map(
    ([images, port]): Row => ({
      images,
      name: 'nginx',
      settings: 'decide',
      programs: ['nginx'],
      confidence: 'documented',
      advise: ({ tag }) => {
        if (isAlpine(tag)) return seldom(exec('nc', '-z', '127.0.0.1', port), '5s')
        // curl came with 1.19.
        const isOld = major(tag) === 1 && (minor(tag) ?? 99) < 19
        const ask = exec('curl', '-s', '-o', '/dev/null', `http://127.0.0.1:${port}/`)
        return seldom(isOld ? exec('bash', '-c', `</dev/tcp/127.0.0.1/${port}`) : ask, '5s')
      },
    }),
  ),
  {
    // What it proxies is up to its Caddyfile; that it runs, its administration tells, unless somebody turned that off.
    images: ['caddy'],
    name: 'Caddy',
    programs: ['caddy'],
    confidence: 'documented',
    advise: (run) => {
      if (/builder|windows/.test(run.tag) || (run.words.length > 0 && run.words[1] !== 'run')) return undefined
      const ask = exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:2019/config/')
      return openBy(run, [], ['CADDY_ADMIN']) ?? seldom(ask, '5s')
    },
  },
  {
    // Checking its file says nothing of the process.
    images: ['haproxy'],
    name: 'HAProxy',
    programs: ['haproxy'],
    confidence: 'documented',
    advise: () => 'only its own settings tell where it listens',
  },
  {
    images: ['traefik'],
    name: 'Traefik',
    programs: ['traefik'],
    confidence: 'documented',
    advise: (run) => {
      const isOn =
        run.words.some((word) => /^--ping(=true)?$/.test(word)) || run.environment.get('TRAEFIK_PING') === 'true'
      const open = openBy(run, ['--ping.entrypoint', '--ping.entryPoint', '--entrypoints.traefik.address'])
      return (
        open ?? (isOn ? seldom(exec('traefik', 'healthcheck', '--ping'), '10s') : 'it answers checks only with --ping')
      )
    },
  },
  {
    images: ['grafana/grafana', 'grafana/grafana-oss', 'grafana/grafana-enterprise'],
    name: 'Grafana',
    programs: [],
    confidence: 'documented',
    advise: (run) => {
      const url = 'http://127.0.0.1:3000/api/health'
      return (
        openBy(
          run,
          [],
          ['GF_SERVER_HTTP_PORT', 'GF_SERVER_PROTOCOL', 'GF_SERVER_SERVE_FROM_SUB_PATH', 'GF_SERVER_HTTP_ADDR'],
        ) ?? seldom(shell(`wget -q -O /dev/null ${url} || curl -fs -o /dev/null ${url}`), '30s')
      )
    },
  },
  {
    images: ['prom/prometheus', 'quay.io/prometheus/prometheus'],
    name: 'Prometheus',
    settings: 'none',
    programs: ['prometheus'],
    confidence: 'documented',
    advise: (run) => {
      const open = openBy(run, ['--web.config.file'])
      if (open) return open
      const prefix = option(run.words, '--web.route-prefix') ?? option(run.words, '--web.external-url') ?? '/'
      if (!/^(https?:\/\/[^/]*)?\/?$/.test(prefix)) return `its command puts it below ${prefix}`
      const address = option(run.words, '--web.listen-address') ?? ':9090'
      const port = /^(?:0\.0\.0\.0|127\.0\.0\.1|localhost)?:(\d+)$/.exec(address)?.[1]
      if (!port) return `its command sets --web.listen-address to ${address}`
      const [one, two] = [major(run.tag) ?? 99, minor(run.tag) ?? 99]
      const old = one < 2 || (one === 2 && two < 44)
      return seldom(
        old
          ? exec('wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${port}/-/healthy`)
          : exec('promtool', 'check', 'healthy', `--url=http://127.0.0.1:${port}`),
        '30s',
      )
    },
  },
  {
    images: ['grafana/loki'],
    name: 'Loki',
    programs: ['loki'],
    confidence: 'documented',
    advise: ({ tag }) => {
      const [one, two] = [major(tag), minor(tag)]
      if (one === 3 && two === 6) return 'this release has no shell and cannot ask itself'
      if (one !== undefined && (one < 3 || (one === 3 && (two ?? 0) < 6)))
        return seldom(exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:3100/ready'))
      return one === undefined || two === undefined
        ? 'only the release tells how it can be asked'
        : seldom(exec('/usr/bin/loki', '-health'))
    },
  },
  {
    images: ['jaegertracing/jaeger'],
    name: 'Jaeger',
    programs: [],
    confidence: 'documented',
    advise: (run) => {
      const ask = exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:13133/status')
      return openBy(run, ['--config']) ?? { ...often(ask, '15s'), interval: '15s' }
    },
  },
  {
    images: ['jaegertracing/all-in-one'],
    name: 'Jaeger',
    programs: [],
    confidence: 'documented',
    advise: (run) => {
      // Early releases were made of nothing but the program.
      if (major(run.tag) === 1 && (minor(run.tag) ?? 99) < 22) return undefined
      const ask = exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:14269/')
      return (
        openBy(run, ['--admin.http.host-port', '--admin-http-port'], ['ADMIN_HTTP_HOST_PORT']) ?? {
          ...often(ask, '15s'),
          interval: '15s',
        }
      )
    },
  },
  {
    images: ['otel/opentelemetry-collector', 'otel/opentelemetry-collector-contrib'],
    name: 'the collector',
    programs: [],
    confidence: 'documented',
    advise: () => undefined,
  },
  {
    images: ['hashicorp/consul', 'consul'],
    name: 'Consul',
    programs: ['agent', 'consul'],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, ['-http-port', '-config-file', '-config-dir', '-client']) ??
      seldom(shell("curl -fs http://127.0.0.1:8500/v1/status/leader | grep -q ':'"), '15s'),
  },
  {
    // A server of one's own may speak TLS, and be sealed until somebody comes; the one for development is neither.
    images: ['hashicorp/vault', 'vault'],
    name: 'Vault',
    programs: ['server', 'vault'],
    confidence: 'documented',
    advise: (run) => {
      const isForDevelopment = run.words.length === 0 || run.words.includes('-dev')
      if (!isForDevelopment) return 'only its own settings tell how it can be asked'
      const ask = exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8200/v1/sys/health')
      return (
        openBy(run, ['-dev-tls', '-dev-listen-address'], ['VAULT_DEV_LISTEN_ADDRESS', 'VAULT_LOCAL_CONFIG']) ?? {
          ...often(ask, '10s'),
          interval: '15s',
        }
      )
    },
  },
  {
    images: ['quay.io/keycloak/keycloak', 'keycloak/keycloak'],
    name: 'Keycloak',
    programs: ['start', 'start-dev'],
    confidence: 'documented',
    advise: (run) => {
      if (run.environment.get('KC_HEALTH_ENABLED') !== 'true' && !run.words.includes('--health-enabled=true'))
        return 'it answers checks only with KC_HEALTH_ENABLED'
      if ((major(run.tag) ?? 99) < 25) return 'its release answers on a port that depends on its settings'
      const open = openBy(
        run,
        ['--http-management-port', '--http-relative-path', '--https-certificate-file'],
        ['KC_HTTP_MANAGEMENT_PORT', 'KC_HTTP_RELATIVE_PATH', 'KC_HTTPS_CERTIFICATE_FILE'],
      )
      const ask =
        "{ printf 'HEAD /health/ready HTTP/1.0\\r\\n\\r\\n' >&0; grep 'HTTP/1.0 200'; } 0<>/dev/tcp/127.0.0.1/9000"
      return open ?? { ...seldom(exec('bash', '-c', ask), '120s'), interval: '15s', retries: 10 }
    },
  },
  {
    images: ['adminer'],
    name: 'Adminer',
    settings: 'none',
    programs: [],
    confidence: 'documented',
    advise: ({ tag }) =>
      /fastcgi/.test(tag) ? undefined : seldom(exec('curl', '-s', '-o', '/dev/null', 'http://127.0.0.1:8080/'), '5s'),
  },
  {
    images: ['dpage/pgadmin4'],
    name: 'pgAdmin',
    programs: [],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['PGADMIN_ENABLE_TLS', 'PGADMIN_ENABLE_SOCK', 'PGADMIN_LISTEN_ADDRESS', 'SCRIPT_NAME']) ??
      seldom(shell('wget -q -O /dev/null "http://127.0.0.1:${PGADMIN_LISTEN_PORT:-80}/misc/ping"')),
  },
  {
    images: ['mailhog/mailhog'],
    name: 'MailHog',
    settings: 'none',
    programs: ['MailHog'],
    confidence: 'documented',
    advise: (run) =>
      openBy(
        run,
        ['-ui-bind-addr', '-api-bind-addr', '-auth-file'],
        ['MH_UI_BIND_ADDR', 'MH_API_BIND_ADDR', 'MH_AUTH_FILE', 'MH_UI_WEB_PATH'],
      ) ?? seldom(exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8025/'), '5s'),
  },
  { images: ['axllent/mailpit'], name: 'Mailpit', programs: [], confidence: 'documented', advise: () => 'shipped' },
  {
    images: ['localstack/localstack'],
    name: 'LocalStack',
    programs: [],
    confidence: 'documented',
    advise: () => 'shipped',
  },
  {
    images: ['mysql/mysql-server'],
    name: 'MySQL',
    programs: ['mysqld'],
    confidence: 'documented',
    advise: () => 'shipped',
  },
  {
    images: ['wordpress'],
    name: 'WordPress',
    programs: ['apache2-foreground', 'php-fpm'],
    confidence: 'documented',
    advise: ({ tag }) => {
      if (/cli/.test(tag)) return undefined
      const fpm = exec('php', '-r', "exit(@fsockopen('127.0.0.1', 9000) ? 0 : 1);")
      return seldom(/fpm/.test(tag) ? fpm : exec('curl', '-s', '-o', '/dev/null', 'http://127.0.0.1/'))
    },
  },
  {
    images: ['n8nio/n8n', 'docker.n8n.io/n8nio/n8n'],
    name: 'n8n',
    programs: ['n8n', 'start'],
    confidence: 'documented',
    advise: (run) =>
      run.words.some((word) => /^(worker|webhook|execute|import|export)/.test(word))
        ? undefined
        : (openBy(run, [], ['N8N_LISTEN_ADDRESS']) ??
          seldom(
            exec(
              'node',
              '-e',
              "require('net').connect(process.env.N8N_PORT || 5678, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))",
            ),
          )),
  },
  {
    // Before 1.17 it had no address to ask for its health.
    images: ['gitea/gitea'],
    name: 'Gitea',
    programs: [],
    confidence: 'documented',
    advise: (run) => {
      const isOld = major(run.tag) === 1 && (minor(run.tag) ?? 99) < 17
      const ask = exec('curl', '-fs', '-o', '/dev/null', `http://127.0.0.1:3000/${isOld ? '' : 'api/healthz'}`)
      return (
        openBy(
          run,
          [],
          ['GITEA__server__HTTP_PORT', 'GITEA__server__PROTOCOL', 'GITEA__server__HTTP_ADDR', 'HTTP_PORT'],
        ) ?? seldom(ask)
      )
    },
  },
  {
    images: ['ghost'],
    name: 'Ghost',
    programs: ['node'],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['server__port', 'server__host']) ??
      seldom(
        exec(
          'node',
          '-e',
          // Older releases run on a Node without fetch.
          "require('http').get('http://127.0.0.1:2368/ghost/api/admin/site/', (r) => process.exit(r.statusCode < 500 ? 0 : 1)).on('error', () => process.exit(1))",
        ),
      ),
  },
  {
    images: ['clickhouse/clickhouse-server', 'clickhouse'],
    name: 'ClickHouse',
    programs: [],
    confidence: 'documented',
    advise: ({ tag }) =>
      /distroless/.test(tag)
        ? undefined
        : { ...often(exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8123/ping')), retries: 10 },
  },
  {
    images: ['influxdb'],
    name: 'InfluxDB',
    programs: ['influxd'],
    confidence: 'documented',
    advise: ({ tag }) => {
      const version = major(tag)
      if (/meta|data/.test(tag)) return undefined
      if (version === 1 && isAlpine(tag)) return { ...often(exec('nc', '-z', '127.0.0.1', '8086')), interval: '15s' }
      if (version === 1)
        return { ...often(exec('curl', '-fs', '-o', '/dev/null', 'http://127.0.0.1:8086/ping')), interval: '15s' }
      if (version === 2) return { ...often(exec('influx', 'ping')), interval: '15s' }
      return 'only the release tells how it can be asked'
    },
  },
  {
    images: ['cassandra'],
    name: 'Cassandra',
    programs: ['cassandra'],
    confidence: 'documented',
    advise: () => ({
      ...seldom(
        shell("cqlsh -e 'SELECT release_version FROM system.local' >/dev/null 2>&1 || nodetool info >/dev/null 2>&1"),
        '120s',
      ),
      timeout: '20s',
      retries: 10,
    }),
  },
  {
    images: ['couchdb'],
    name: 'CouchDB',
    programs: [],
    confidence: 'documented',
    advise: () => ({
      ...often(
        exec(
          'bash',
          '-c',
          "exec 3<>/dev/tcp/127.0.0.1/5984 && printf 'GET /_up HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q ' 200 ' <&3",
        ),
        '20s',
      ),
      interval: '15s',
    }),
  },
  {
    images: ['neo4j'],
    name: 'Neo4j',
    programs: ['neo4j'],
    confidence: 'documented',
    advise: (run) => {
      const variable = [...run.environment.keys()].find((name) => /http_(listen|enabled)|connector_http\b/.test(name))
      if (variable) return `${variable} changes where it listens`
      return {
        ...often(exec('wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:7474/'), '60s'),
        interval: '15s',
        timeout: '10s',
        retries: 10,
      }
    },
  },
  {
    // Without -alpine there is nothing in it but the server.
    images: ['nats'],
    name: 'NATS',
    programs: ['nats-server'],
    confidence: 'documented',
    advise: (run) => {
      if (!isAlpine(run.tag)) return 'only the images on Alpine can ask themselves'
      const port = run.words.length === 0 ? '8222' : portOf(run.words, '-m', '--http_port')
      if (typeof port === 'object') return port.problem
      if (port === undefined) return 'it answers checks only with -m'
      return often(exec('wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${port}/varz`), '10s')
    },
  },
  {
    images: ['eclipse-mosquitto'],
    name: 'Mosquitto',
    programs: ['mosquitto'],
    confidence: 'documented',
    advise: (run) => {
      const port = portOf(run.words, '-p', '--port') ?? '1883'
      return typeof port === 'object' ? port.problem : seldom(exec('nc', '-z', '127.0.0.1', port), '5s')
    },
  },
  {
    // Its own script waits for a browser, and the browsers wait for the hub: here any answer will do.
    images: ['selenium/hub'],
    name: 'the Selenium hub',
    programs: [],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['SE_OPTS', 'SE_SUB_PATH', 'SE_HUB_PORT', 'SE_ROUTER_PORT', 'SE_SERVER_PROTOCOL']) ??
      seldom(exec('curl', '-s', '-o', '/dev/null', 'http://127.0.0.1:4444/status'), '15s'),
  },
  {
    images: [
      'selenium/standalone-chrome',
      'selenium/standalone-firefox',
      'selenium/standalone-edge',
      'selenium/standalone-chromium',
    ],
    name: 'Selenium',
    programs: [],
    confidence: 'documented',
    advise: (run) =>
      openBy(run, [], ['SE_OPTS', 'SE_SUB_PATH', 'SE_NODE_PORT']) ?? {
        ...seldom(exec('/opt/bin/check-grid.sh', '--host', '127.0.0.1', '--port', '4444'), '15s'),
        interval: '30s',
        timeout: '30s',
      },
  },
]

const BY_IMAGE = new Map(ROWS.flatMap((row) => row.images.map((image) => [image, row] as const)))

/** Every image that is known, for whoever lists them. */
export const knownImages: readonly string[] = [...BY_IMAGE.keys()]

/**
 * What is known of common base images: how accounts are made on them, which user they start as, which accounts they
 * bring. Read in the images' own recipes (`recipe`) or widely documented and not read again here (`documented`).
 */

/** How a system makes accounts. `none`: there is no shell to make one with. */
export type Family = 'debian' | 'alpine' | 'redhat' | 'redhat-minimal' | 'busybox' | 'none'

export interface KnownAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

export interface BaseImage {
  readonly family: Family
  /** The user its containers start as, unless the file says otherwise. `0` is root. */
  readonly user: string
  /** An ordinary account it brings for programs to run as. */
  readonly account?: KnownAccount
  /** Its working directory, if not `/`. */
  readonly workdir?: string
  /** Why its own program must start as root. */
  readonly startsAsRoot?: string
  /** Whether that program then steps down by itself, so that the container is an ordinary user where it matters. */
  readonly stepsDown?: boolean
  readonly confidence: 'recipe' | 'documented'
}

export interface Reference {
  readonly registry: string
  /** Without the registry, and without `library/`. */
  readonly repository: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** Splits an image reference the way the engine does: the first part is a registry if it looks like a host. */
export function parseReference(image: string): Reference {
  const [name = '', digest] = image.split('@')
  const first = name.split('/')[0]!
  const hosted = name.includes('/') && (/[.:]/.test(first) || first === 'localhost')
  const registry = hosted ? first : 'docker.io'
  const path = hosted ? name.slice(first.length + 1) : name
  const colon = path.indexOf(':', path.lastIndexOf('/') + 1)
  const repository = (colon < 0 ? path : path.slice(0, colon)).replace(/^library\//, '')
  return { registry, repository, tag: colon < 0 ? undefined : path.slice(colon + 1), digest }
}

const REGISTRY = /^(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9a-fA-F:]{2,45}\])(?::\d{1,5})?$/
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/

/** Whether a reference is one that an engine would take. */
export function isWellFormed({ registry, repository, tag = 'latest', digest }: Reference): boolean {
  return (
    REGISTRY.test(registry) &&
    repository.length <= 255 &&
    repository.split('/').every((part) => REPOSITORY.test(part)) &&
    /^\w[\w.-]{0,127}$/.test(tag) &&
    (digest === undefined || /^[a-z0-9]+:[0-9a-f]{32,128}$/.test(digest))
  )
}

/** What is known of an image, or `undefined` for one nobody here has looked at. */
export function baseImage(image: string): BaseImage | undefined {
  if (image.toLowerCase() === 'scratch') return { family: 'none', user: '0', confidence: 'recipe' }
  const reference = parseReference(image)
  const name =
    reference.registry === 'docker.io' ? reference.repository : `${reference.registry}/${reference.repository}`
  const known = RECORDS.find(({ images }) => images.some((pattern) => matches(pattern, name)))
  return known?.of(reference.tag ?? 'latest', name)
}

interface Row {
  /** Repositories; a trailing `*` stands for anything. */
  readonly images: readonly string[]
  of(tag: string, name: string): BaseImage
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** Tags of official images name their system; without one it is Debian. */
function familyOf(tag: string): Family {
  if (/alpine/.test(tag)) return 'alpine'
  // Amazon Linux, and every image called minimal or slim, leaves out the commands that make accounts.
  if (/(^|[.-])(al20\d\d|amazonlinux\w*|amazoncorretto|corretto)([.-]|$)/.test(tag)) {
    return /debian/.test(tag) ? 'debian' : 'redhat-minimal'
  }
  if (/(^|[.-])(ubi|ubi\d+|oraclelinux\d*|ol\d*|rocky\w*|fedora|centos\w*)([.-]|$)/.test(tag)) {
    return /minimal|slim/.test(tag) ? 'redhat-minimal' : 'redhat'
  }
  return 'debian'
}

const rootOn =
  (family?: Family, more?: Partial<BaseImage>) =>
  (tag: string): BaseImage => ({
    family: family ?? familyOf(tag),
    user: '0',
    confidence: 'recipe',
    ...more,
  })

const ordinary =
  (user: string, family?: Family) =>
  (tag: string): BaseImage => ({
    family: family ?? familyOf(tag),
    user,
    confidence: 'documented',
  })

const serviceOn =
  (startsAsRoot: string) =>
  (tag: string): BaseImage => ({
    family: familyOf(tag),
    user: '0',
    startsAsRoot,
    confidence: 'recipe',
  })

const steppingDown =
  (reason: string) =>
  (tag: string): BaseImage => ({ ...serviceOn(reason)(tag), stepsDown: true })

const account = (name: string, id: number, home = `/home/${name}`): KnownAccount => ({ name, uid: id, gid: id, home })

/** Ubuntu has had an account `ubuntu` since 23.04. */
function ubuntuAccount(tag: string): KnownAccount | undefined {
  const year = Number(
    /^(\d\d)\.\d\d/.exec(tag)?.[1] ?? (/noble|plucky|questing|resolute|latest|rolling|devel/.test(tag) ? 24 : 0),
  )
  return year >= 24 || tag.startsWith('23.04') || tag.startsWith('23.10') ? account('ubuntu', 1000) : undefined
}

const RECORDS: readonly Row[] = [
  { images: ['node'], of: (tag) => rootOn(undefined, { account: account('node', 1000) })(tag) },
  {
    images: ['oven/bun'],
    of: (tag) => rootOn(undefined, { account: account('bun', 1000), workdir: '/home/bun/app' })(tag),
  },
  {
    images: ['gradle'],
    of: (tag) => rootOn(undefined, { account: account('gradle', 1000), workdir: '/home/gradle' })(tag),
  },
  { images: ['ubuntu'], of: (tag) => rootOn('debian', { account: ubuntuAccount(tag) })(tag) },
  {
    images: ['php'],
    of: (tag) => ({
      ...rootOn(undefined, { workdir: '/var/www/html' })(tag),
      ...(/apache/.test(tag) && {
        startsAsRoot: 'Apache starts as root to open its port and its logs, and steps down for its workers',
      }),
      ...(/fpm/.test(tag) && { startsAsRoot: 'the PHP-FPM master starts as root and steps down for its workers' }),
    }),
  },
  {
    images: ['openjdk'],
    of: (tag) => {
      const oracle =
        Number(/^\d+/.exec(tag)?.[0] ?? 27) >= 12 && !/slim|alpine|buster|bullseye|bookworm|stretch/.test(tag)
      return rootOn(oracle ? 'redhat-minimal' : undefined)(tag)
    },
  },
  { images: ['golang'], of: rootOn(undefined, { workdir: '/go' }) },
  {
    images: [
      'rust',
      'python',
      'pypy',
      'ruby',
      'eclipse-temurin',
      'maven',
      'perl',
      'crystallang/crystal',
      'elixir',
      'erlang',
      'haskell',
      'julia',
      'dart',
      'swift',
      'clojure',
      'sbtscala/scala-sbt',
      'r-base',
      'rocker/r-ver',
      'gcc',
      'debian',
      'buildpack-deps',
      'composer',
    ],
    of: rootOn(),
  },
  {
    images: ['alpine', 'frolvlad/alpine-*', 'mhart/alpine-node', 'docker'],
    of: rootOn('alpine'),
  },
  { images: ['busybox'], of: rootOn('busybox') },
  {
    images: [
      'fedora',
      'rockylinux',
      'rockylinux/rockylinux',
      'almalinux',
      'centos',
      'oraclelinux',
      'quay.io/centos/centos',
      'quay.io/fedora/fedora',
      'quay.io/rockylinux/rockylinux',
    ],
    of: (tag) => rootOn(/minimal|slim/.test(tag) ? 'redhat-minimal' : 'redhat')(tag),
  },
  {
    images: ['amazonlinux', 'public.ecr.aws/amazonlinux/amazonlinux'],
    of: rootOn('redhat-minimal'),
  },
  {
    images: ['amazoncorretto', 'container-registry.oracle.com/java/openjdk'],
    of: (tag) => rootOn(/alpine/.test(tag) ? 'alpine' : /debian/.test(tag) ? 'debian' : 'redhat-minimal')(tag),
  },
  {
    images: [
      'registry.access.redhat.com/ubi8/ubi',
      'registry.access.redhat.com/ubi9/ubi',
      'registry.access.redhat.com/ubi10/ubi',
      'registry.access.redhat.com/ubi8',
      'registry.access.redhat.com/ubi9',
      'redhat/ubi8',
      'redhat/ubi9',
    ],
    of: rootOn('redhat'),
  },
  {
    images: [
      'registry.access.redhat.com/ubi8/ubi-minimal',
      'registry.access.redhat.com/ubi9/ubi-minimal',
      'registry.access.redhat.com/ubi10/ubi-minimal',
      'registry.access.redhat.com/ubi9-minimal',
      'registry.access.redhat.com/ubi8-minimal',
      'redhat/ubi8-minimal',
      'redhat/ubi9-minimal',
    ],
    of: rootOn('redhat-minimal'),
  },
  {
    images: [
      'registry.access.redhat.com/ubi8/*',
      'registry.access.redhat.com/ubi9/*',
      'registry.access.redhat.com/ubi10/*',
    ],
    of: ordinary('1001', 'redhat'),
  },
  {
    images: ['nvidia/cuda', 'pytorch/pytorch', 'tensorflow/tensorflow', 'ros'],
    of: (tag) =>
      rootOn('debian', {
        account: /24\.04|noble/.test(tag) ? account('ubuntu', 1000) : undefined,
        confidence: 'documented',
      })(tag),
  },
  {
    images: [
      'java',
      'adoptopenjdk',
      'adoptopenjdk/*',
      'azul/*',
      'hseeberger/scala-sbt',
      'mono',
      'jruby',
      'continuumio/miniconda3',
      'continuumio/anaconda3',
      'condaforge/miniforge3',
      'condaforge/mambaforge',
      'tiangolo/uvicorn-gunicorn*',
      'tiangolo/meinheld-gunicorn*',
    ],
    of: (tag, name) => rootOn(/alpine/.test(name + tag) ? 'alpine' : 'debian', { confidence: 'documented' })(tag),
  },
  {
    images: ['ghcr.io/astral-sh/uv'],
    of: (tag) =>
      rootOn(/alpine/.test(tag) ? 'alpine' : /bookworm|trixie|debian|python/.test(tag) ? 'debian' : 'none')(tag),
  },
  {
    images: ['denoland/deno'],
    of: (tag) => rootOn(undefined, { account: account('deno', 1993), confidence: 'documented' })(tag),
  },
  {
    images: [
      'mcr.microsoft.com/dotnet/aspnet',
      'mcr.microsoft.com/dotnet/runtime',
      'mcr.microsoft.com/dotnet/runtime-deps',
      'mcr.microsoft.com/dotnet/sdk',
    ],
    of: (tag) => {
      if (/chiseled|distroless/.test(tag)) return { family: 'none', user: '1654', confidence: 'recipe' }
      const major = Number(/^\d+/.exec(tag)?.[0] ?? 8)
      return rootOn(/alpine/.test(tag) ? 'alpine' : 'debian', {
        account: major >= 8 ? account('app', 1654) : undefined,
      })(tag)
    },
  },
  {
    images: ['gcr.io/distroless/*'],
    of: (tag) => ({
      family: 'none',
      user: /nonroot/.test(tag) ? '65532' : '0',
      account: account('nonroot', 65532),
      confidence: 'recipe',
    }),
  },
  {
    images: ['nginx', 'nginx/nginx-ingress', 'openresty/openresty'],
    of: serviceOn(
      'the nginx master starts as root to open its port, its logs and its caches, and steps down for its workers',
    ),
  },
  {
    images: ['httpd'],
    of: serviceOn('Apache starts as root to open port 80 and its logs, and steps down for its workers'),
  },
  {
    images: ['caddy', 'traefik', 'tomcat', 'jboss/wildfly', 'quay.io/wildfly/wildfly', 'registry'],
    of: serviceOn('the server of this image writes to directories of the image that root owns'),
  },
  {
    images: [
      'postgres',
      'mysql',
      'mariadb',
      'mongo',
      'redis',
      'valkey/valkey',
      'rabbitmq',
      'ghost',
      'wordpress',
      'nextcloud',
      'drupal',
      'joomla',
      'matomo',
      'hashicorp/vault',
      'vault',
      'consul',
      'hashicorp/consul',
      'zookeeper',
      'cassandra',
      'couchdb',
      'influxdb',
      'neo4j',
      'percona',
      'redmine',
      'postgis/postgis',
      'timescale/timescaledb',
      'pgvector/pgvector',
      'eclipse-mosquitto',
      'crate',
      'arangodb',
      'sonatype/nexus3',
      'percona/*',
      'mysql/mysql-server',
      'redis/redis-stack*',
      'clickhouse/clickhouse-server',
      'orientdb',
      'monica',
      'yourls',
      'phpmyadmin',
      'phpmyadmin/phpmyadmin',
      'dpage/pgadmin4',
    ],
    of: steppingDown('the entrypoint of this image starts as root to prepare its data and steps down by itself'),
  },
  {
    images: [
      'lscr.io/linuxserver/*',
      'linuxserver/*',
      'ghcr.io/linuxserver/*',
      'phusion/*',
      'homeassistant/*',
      'ghcr.io/home-assistant/*',
      'jlesage/*',
      'crazymax/*',
    ],
    of: (tag, name) => ({
      ...steppingDown('the init system of this image starts as root and steps down for its services')(tag),
      family: /phusion/.test(name) ? 'debian' : familyOf(tag),
      confidence: 'documented',
    }),
  },
  {
    images: ['public.ecr.aws/lambda/*', 'amazon/aws-lambda-*'],
    of: () => ({ family: 'redhat', user: '993', confidence: 'documented' }),
  },
  {
    images: [
      'nginxinc/nginx-unprivileged',
      'ghcr.io/nginxinc/nginx-unprivileged',
      'ghcr.io/nginx/nginx-unprivileged',
      'nginx/nginx-unprivileged',
    ],
    of: ordinary('101'),
  },
  { images: ['bitnami/*', 'bitnamilegacy/*'], of: ordinary('1001', 'debian') },
  { images: ['jupyter/*', 'quay.io/jupyter/*'], of: ordinary('1000', 'debian') },
  {
    images: ['haproxy'],
    of: (tag) =>
      /^(1\.|2\.[0-3](\D|$))/.test(tag) ? serviceOn('haproxy before 2.4 starts as root')(tag) : ordinary('99')(tag),
  },
  { images: ['memcached'], of: ordinary('11211') },
  { images: ['apache/airflow'], of: ordinary('50000', 'debian') },
  {
    images: [
      'apache/superset',
      'jenkins/jenkins',
      'sonarqube',
      'elasticsearch',
      'kibana',
      'logstash',
      'docker.elastic.co/*',
      'quay.io/keycloak/keycloak',
      'odoo',
      'apache/kafka',
      'confluentinc/*',
      'mambaorg/micromamba',
      'jetty',
      'varnish',
      'kong',
      'adminer',
      'n8nio/n8n',
      'kong/kong-gateway',
      'openpolicyagent/opa',
      'gitpod/*',
    ],
    of: ordinary('1000'),
  },
  { images: ['solr'], of: ordinary('8983') },
  { images: ['grafana/*'], of: ordinary('472') },
  { images: ['prom/*', 'quay.io/prometheus/*'], of: ordinary('65534', 'busybox') },
  { images: ['selenium/*'], of: ordinary('1200', 'debian') },
  { images: ['ghcr.io/puppeteer/puppeteer', 'browserless/chrome'], of: ordinary('999', 'debian') },
  {
    images: ['cgr.dev/chainguard/*'],
    of: (tag) => ({
      family: 'none',
      user: '65532',
      confidence: 'documented',
      ...(/dev/.test(tag) && { family: 'alpine' as const }),
    }),
  },
]

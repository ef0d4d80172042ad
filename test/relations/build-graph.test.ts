import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadLenses } from '../../src/documents/index.js'
import type { Project } from '../../src/model.js'
import { applyTo, projectOf, textFile } from '../../src/project.js'
import { type BuildGraph, buildGraph } from '../../src/relations/build-graph.js'

type Files = Record<string, string>

async function projectFrom(files: Files): Promise<Project> {
  const project = projectOf(Object.entries(files).map(([path, text]) => textFile(path, text)))
  await loadLenses(project.paths)
  return project
}

async function graphOf(files: Files): Promise<BuildGraph> {
  return buildGraph(await projectFrom(files))
}

/** The consumers of a Dockerfile, each with the text it points at. */
async function consumersIn(files: Files, dockerfile = 'Dockerfile') {
  const graph = await graphOf(files)
  return graph.consumersOf(dockerfile).map((consumer) => ({
    ...consumer,
    written: files[consumer.at.path]!.slice(consumer.at.start, consumer.at.end),
  }))
}

const IMAGE = { Dockerfile: 'FROM python:3.12\n' }

describe('Compose', () => {
  it('finds the Dockerfile from the file, its context and its name', async () => {
    const files = {
      'docker/Dockerfile': 'FROM rust\n',
      'app/Dockerfile.prod': 'FROM python\n',
      'docker/docker-compose.yml':
        'services:\n  lemmy:\n    build:\n      context: ../\n      dockerfile: docker/Dockerfile\n      target: ${STAGE:-runtime}\n',
      'docker-compose.prod.yml':
        'services:\n  web:\n    user: "1000"\n    build:\n      context: ./app\n      dockerfile: Dockerfile.prod\n',
    }
    expect(await consumersIn(files, 'docker/Dockerfile')).toMatchObject([
      { by: 'compose', context: '.', target: 'runtime', written: 'lemmy' },
    ])
    expect(await consumersIn(files, 'app/Dockerfile.prod')).toMatchObject([{ context: 'app', user: { value: '1000' } }])
    const graph = await graphOf(files)
    expect(graph.contextsOf('docker/Dockerfile')).toEqual(['.'])
    expect(graph.contextsOf('other/Dockerfile')).toEqual(['other'])
  })

  it('tells the base alone, and the base with its override', async () => {
    const consumers = await consumersIn({
      ...IMAGE,
      'docker-compose.yml':
        'services:\n  web:\n    build: .\n    ports: ["80:80"]\n    environment: { A: 1, B: 2 }\n  db:\n    image: postgres\n',
      'docker-compose.override.yml':
        'services:\n  web:\n    build: { target: dev }\n    volumes: [".:/app"]\n    environment: [B=3]\n',
    })
    expect(consumers).toMatchObject([
      {
        stack: ['docker-compose.yml', 'docker-compose.override.yml'],
        target: 'dev',
        context: '.',
        mounts: [{ source: '.', target: '/app' }],
      },
      { stack: ['docker-compose.yml'], mounts: [] },
    ])
    expect(consumers[0]!.service!.ports).toHaveLength(1)
    expect(consumers[0]!.service!.environment.map(({ name, value }) => `${name}=${value}`)).toEqual(['A=1', 'B=3'])
  })

  it('puts another file on top of the base only if it cannot stand alone', async () => {
    const base = 'services:\n  web:\n    build: .\n    volumes: [".:/app"]\n'
    const partial = await consumersIn({
      ...IMAGE,
      'compose.yaml': base,
      'compose.prod.yaml': 'services:\n  web:\n    restart: always\n    volumes: !reset []\n    user: app\n',
    })
    expect(partial).toMatchObject([
      { stack: ['compose.yaml', 'compose.prod.yaml'], mounts: [], user: { value: 'app' } },
      { stack: ['compose.yaml'], mounts: [{ target: '/app' }] },
    ])
    const whole = await consumersIn({
      ...IMAGE,
      'compose.yaml': base,
      'compose.prod.yaml': 'services:\n  web:\n    build: .\n',
    })
    expect(whole.map(({ stack }) => stack)).toEqual([['compose.prod.yaml'], ['compose.yaml']])
    expect(whole[0]!.mounts).toEqual([])
  })

  it('follows extends, whose paths start from the file that writes them', async () => {
    const files = {
      'base/Dockerfile': 'FROM python\n',
      'base/common.yml': 'services:\n  app:\n    build: .\n    cap_add: [NET_ADMIN]\n    volumes: ["data:/data"]\n',
      'compose.yaml':
        'services:\n  web:\n    extends: { file: base/common.yml, service: app }\n    cap_add: [SYS_PTRACE]\n  loop:\n    extends: loop\n    image: x\n',
    }
    const [consumer] = await consumersIn(files, 'base/Dockerfile')
    expect(consumer).toMatchObject({ context: 'base', written: 'web', mounts: [{ type: 'volume', source: 'data' }] })
    expect(consumer!.service!.capAdd.map(({ value, at }) => `${value} ${at.path}`)).toEqual([
      'NET_ADMIN base/common.yml',
      'SYS_PTRACE compose.yaml',
    ])
  })

  it('follows include, which may move the folder that paths start from', async () => {
    const files = {
      'app/Dockerfile': 'FROM python\n',
      'compose.yaml': 'include:\n  - path: [deploy/compose.yml, deploy/extra.yml]\n    project_directory: app\n',
      'deploy/compose.yml': 'services:\n  web:\n    build: .\n',
      'deploy/extra.yml': 'services:\n  web:\n    privileged: true\n',
    }
    const consumers = await consumersIn(files, 'app/Dockerfile')
    expect(consumers).toMatchObject([
      { stack: ['deploy/compose.yml', 'deploy/extra.yml'], service: { privileged: { value: true } } },
    ])
  })

  it('counts a service that runs what another one builds', async () => {
    const files = {
      ...IMAGE,
      '.env': 'TAG=1.2 # now\nUID_OF_APP="1000"\n',
      'docker-compose.yml':
        'services:\n  web:\n    build: .\n    image: app:${TAG}\n  worker:\n    image: app:${TAG}\n    user: ${UID_OF_APP}\n    command: celery\n  old:\n    image: app:1.1\n',
    }
    expect(await consumersIn(files)).toMatchObject([
      { written: 'web', builds: true, images: ['app:1.2'] },
      { written: 'worker', builds: false, user: { value: '1000' }, service: { command: { value: 'celery' } } },
    ])
    const graph = await graphOf(files)
    expect(graph.imagesBuiltFrom('Dockerfile')).toEqual(['app:1.2'])
    expect(graph.dockerfileOf('app:1.2')).toBe('Dockerfile')
    expect(graph.dockerfileOf('app')).toBeUndefined()
    expect(graph.imageUses('docker.io/library/app').map(({ image }) => image)).toEqual(['app:1.2', 'app:1.1'])
  })

  it('notes what leads nowhere, and what cannot be read', async () => {
    const graph = await graphOf({
      ...IMAGE,
      'a/docker-compose.yml':
        'services:\n  a: { build: "https://github.com/x/y.git#main" }\n  b: { build: ../.. }\n  c: { build: "${WHERE}" }\n  d: { build: { context: ., dockerfile_inline: "FROM x" } }\n',
      'b/docker-compose.yml': 'services: {{ services }}\n',
    })
    expect(graph.consumers).toEqual([])
    expect(graph.notes.map(({ note, at }) => `${at?.path} ${note}`)).toEqual([
      'a/docker-compose.yml the context https://github.com/x/y.git#main is not part of the project',
      'a/docker-compose.yml the context ../.. leads out of the project, or only a variable tells where it is',
      'a/docker-compose.yml the context ${WHERE} leads out of the project, or only a variable tells where it is',
      'b/docker-compose.yml this Compose file cannot be read for certain',
    ])
  })
})

describe('GitHub', () => {
  it('runs an action in its own Dockerfile', async () => {
    const action = 'name: x\nruns:\n  using: docker\n  image: ./Dockerfile\n  args: [--all]\n'
    expect(await consumersIn({ ...IMAGE, 'action.yml': action })).toMatchObject([
      { by: 'github-action', written: './Dockerfile', context: '.', commands: [{ value: '--all' }] },
    ])
    expect(
      await consumersIn({ 'tools/a/Dockerfile': '', 'tools/a/action.yaml': action }, 'tools/a/Dockerfile'),
    ).toHaveLength(1)
    expect(await consumersIn({ ...IMAGE, 'action.yml': 'runs:\n  using: docker\n  image: docker://alpine\n' })).toEqual(
      [],
    )
    expect(await consumersIn({ ...IMAGE, 'action.yml': 'runs:\n  using: node20\n  main: index.js\n' })).toEqual([])
  })

  it('builds in workflows, once for each Dockerfile of a matrix', async () => {
    const files = {
      'api/Dockerfile': '',
      'web/Dockerfile': '',
      'base/Dockerfile': '',
      '.github/workflows/images.yml': `jobs:
  build:
    strategy:
      matrix:
        platform: [amd64, arm64]
        service: [api, web]
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with: { images: 'ghcr.io/acme/\${{ matrix.service }}' }
      - uses: docker/build-push-action@v6
        with:
          context: \${{ github.workspace }}
          file: ./\${{ matrix.service }}/Dockerfile
          target: prod
          tags: \${{ steps.meta.outputs.tags }}
          build-args: |
            A=1
  base:
    env: { FOLDER: base }
    steps:
      - run: |
          docker build --tag "\${{ vars.OWNER }}/base:latest" $FOLDER
`,
    }
    expect(await consumersIn(files, 'api/Dockerfile')).toMatchObject([
      {
        by: 'workflow',
        context: '.',
        target: 'prod',
        args: [{ name: 'A', value: '1' }],
        written: './${{ matrix.service }}/Dockerfile',
      },
    ])
    expect(await consumersIn(files, 'base/Dockerfile')).toMatchObject([{ by: 'workflow', context: 'base' }])
    const graph = await graphOf(files)
    expect(graph.consumersOf('web/Dockerfile')).toHaveLength(1)
    expect(graph.imagesBuiltFrom('web/Dockerfile')).toEqual(['ghcr.io/acme/web'])
    expect(graph.dockerfileOf('acme/base')).toBe('base/Dockerfile')
  })

  it('finds the repository in the folder it is checked out into', async () => {
    const workflow =
      'jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with: { path: release }\n      - uses: docker/build-push-action@v6\n        with: { context: release, file: release/cmd/Dockerfile }\n'
    expect(
      await consumersIn({ 'cmd/Dockerfile': '', '.github/workflows/a.yml': workflow }, 'cmd/Dockerfile'),
    ).toMatchObject([{ context: '.' }])
  })
})

describe('hosts', () => {
  it('Fly builds the Dockerfile beside its file, and mounts volumes', async () => {
    const fly =
      'app = "x" # a\n[build]\n  build-target = \'prod\'\n\n[[mounts]]\n  source = "data"\n  destination = "/data"\n\n[processes]\nweb = "gunicorn app"\nworker = "celery"\n'
    expect(await consumersIn({ ...IMAGE, 'fly.toml': fly })).toMatchObject([
      {
        by: 'fly',
        target: 'prod',
        mounts: [{ type: 'volume', source: 'data', target: '/data' }],
        commands: [{ value: 'gunicorn app' }, { value: 'celery' }],
      },
    ])
    expect(
      await consumersIn(
        { 'deploy/Dockerfile.fly': '', 'fly.toml': 'app = "x"\nbuild.dockerfile = "deploy/Dockerfile.fly"\n' },
        'deploy/Dockerfile.fly',
      ),
    ).toHaveLength(1)
    expect(await consumersIn({ ...IMAGE, 'fly.toml': 'app = "x"\n[build]\nimage = "nginx"\n' })).toEqual([])
    expect(await consumersIn({ 'fly.toml': fly })).toEqual([])
  })

  it('Fly may run an image that CI builds', async () => {
    const files = {
      ...IMAGE,
      'fly.toml': 'app = "x"\n[build]\nimage = "acme/app"\n[mounts]\nsource = "d"\ndestination = "/d"\n',
      '.github/workflows/a.yml':
        'jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { tags: "acme/app:1" }\n',
    }
    expect(await consumersIn(files)).toMatchObject([
      { by: 'workflow' },
      { by: 'fly', builds: false, mounts: [{ target: '/d' }] },
    ])
  })

  it('Heroku, Render, Hugging Face and Skaffold name it too', async () => {
    const consumers = await consumersIn({
      ...IMAGE,
      'heroku.yml': 'build:\n  docker:\n    web: Dockerfile\nrun:\n  web: gunicorn app\n',
      'render.yaml':
        'services:\n  - type: web\n    runtime: docker\n    name: x\n    disk: { name: d, mountPath: /data }\n  - type: web\n    runtime: node\n',
      'README.md': '---\ntitle: x\nsdk: docker\napp_port: 7860\n---\n# x\n',
      'skaffold.yaml':
        'build:\n  artifacts:\n    - image: acme/app\n      docker: { target: dev }\n    - image: other\n      jib: {}\n',
    })
    expect(consumers).toMatchObject([
      { by: 'hugging-face', written: 'sdk: docker' },
      { by: 'heroku', written: 'web', commands: [{ value: 'gunicorn app' }] },
      { by: 'render', mounts: [{ target: '/data', source: 'd' }] },
      { by: 'skaffold', target: 'dev', images: ['acme/app'] },
    ])
    expect(await consumersIn({ ...IMAGE, 'README.md': '# x\nsdk: docker\n' })).toEqual([])
  })
})

describe('development containers', () => {
  it('read JSON with comments', async () => {
    const text =
      '// url: https://x\n{\n  "build": { "dockerfile": "Dockerfile", "context": "..", /* a */ "target": "dev", },\n  "remoteUser": "vscode",\n}\n'
    expect(
      await consumersIn(
        { '.devcontainer/Dockerfile': '', '.devcontainer/devcontainer.json': text },
        '.devcontainer/Dockerfile',
      ),
    ).toMatchObject([
      {
        by: 'devcontainer',
        context: '.',
        target: 'dev',
        user: { value: 'vscode' },
        written: '"dockerfile": "Dockerfile"',
      },
    ])
  })

  it('may be a stack of Compose files', async () => {
    const consumers = await consumersIn({
      ...IMAGE,
      'docker-compose.yml': 'services:\n  web: { build: . }\n',
      '.devcontainer/devcontainer.json':
        '{"dockerComposeFile": ["../docker-compose.yml", "extend.yml"], "service": "web"}',
      '.devcontainer/extend.yml': 'services:\n  web: { volumes: ["..:/workspace"] }\n',
    })
    expect(consumers).toMatchObject([
      { stack: ['docker-compose.yml'] },
      { stack: ['docker-compose.yml', '.devcontainer/extend.yml'], mounts: [{ target: '/workspace' }] },
    ])
  })
})

describe('bake', () => {
  it('reads HCL, with what targets inherit', async () => {
    const hcl = `variable "TAG" { default = "1" }
# target "none" { dockerfile = "Dockerfile" }
target "base" {
  context    = "."
  dockerfile = "docker/Dockerfile"
}
target "api" {
  inherits = ["base"]
  target   = "api"
  tags     = ["acme/api:\${TAG}"]
  args = { A = "}" }
}
`
    const files = { 'docker/Dockerfile': '', 'docker-bake.hcl': hcl }
    expect(await consumersIn(files, 'docker/Dockerfile')).toMatchObject([
      { by: 'bake', context: '.', written: 'target "base" ' },
      { target: 'api', images: ['acme/api:1'] },
    ])
  })

  it('reads JSON', async () => {
    const json =
      '{"group": {"default": {"targets": ["web"]}}, "target": {"web": {"dockerfile": "Dockerfile", "target": "prod", "tags": ["a"]}}}'
    expect(await consumersIn({ ...IMAGE, 'docker-bake.json': json })).toMatchObject([
      { target: 'prod', images: ['a'], written: '"web"' },
    ])
  })
})

describe('command lines', () => {
  const script = (text: string, path = 'Makefile') =>
    consumersIn(
      { Dockerfile: '', 'docker/Dockerfile': '', 'Hub/Dockerfile': '', [path]: text },
      path.startsWith('docker/') || text.includes('docker/Dockerfile')
        ? 'docker/Dockerfile'
        : text.includes('Hub')
          ? 'Hub/Dockerfile'
          : 'Dockerfile',
    )

  it.each([
    [
      'build:\n\tdocker build -t app --target prod .\n',
      { context: '.', target: 'prod', images: ['app'], written: 'docker build -t app --target prod .' },
    ],
    [
      'build:\n\t@DOCKER_BUILDKIT=1 docker buildx build \\\n\t  --file=docker/Dockerfile \\\n\t  $(ARGS) . && echo done\n',
      { context: '.' },
    ],
    ['hub:\n\tcd ./Hub && docker build $(ARGS) -t $(NAME)/hub:1 .\n', { context: 'Hub' }],
    [
      'NAME = acme/app\nimage:\n\tpodman build --build-arg A="b c" -t $(NAME):1 "$(CURDIR)"\n',
      { context: '.', images: ['acme/app:1'], args: [{ name: 'A', value: 'b c' }] },
    ],
    ['x:\n\tcat x | docker build -f docker/Dockerfile -\n', { context: undefined }],
  ])('%j', async (text, expected) => {
    expect(await script(text)).toMatchObject([{ by: 'script', ...expected }])
  })

  it.each([
    ['docker/build.sh', 'set -e\ndocker build -t a -f $HERE/Dockerfile $ROOT\n', { context: undefined }],
    ['docker/build.sh', 'sudo docker build . -f docker/Dockerfile\n', { context: '.' }],
    [
      'package.json',
      '{"scripts": {"image": "docker build -t app . && docker push app"}}',
      { context: '.', images: ['app'] },
    ],
    ['.gitlab-ci.yml', 'build:\n  script:\n    - docker build -t "$CI_REGISTRY_IMAGE:x" .\n', { context: '.' }],
  ])('%s %j', async (path, text, expected) => {
    expect(await script(text, path)).toMatchObject([{ by: 'script', ...expected }])
  })

  it.each([
    '# docker build .\n',
    'x:\n\techo "run docker build ."\n',
    'x:\n\tdocker build-thing .\n',
    'x:\n\tdocker builder prune\n',
    'dbuild="docker build"\n',
  ])('nothing in %j', async (text) => {
    expect(await script(text)).toEqual([])
  })
})

describe('Kubernetes', () => {
  it('is told by manifests and charts, templates or not', async () => {
    const graph = await graphOf({
      'k8s/app.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nspec:\n  containers:\n    - name: a\n      image: acme/app:1 # one\n      ports:\n        - containerPort: 80\n      securityContext:\n        runAsUser: 1000\n        capabilities:\n          add:\n            - NET_ADMIN\n            - "SYS_TIME"\n---\nkind: Service\n',
      'chart/values.yaml': 'image:\n  repository: acme/app\nsecurityContext:\n  fsGroup: 70\n',
      'chart/templates/deployment.yaml':
        'apiVersion: apps/v1\nkind: Deployment\n{{- with .Values }}\n      image: "{{ .image.repository }}"\n      runAsNonRoot: true\n{{- end }}\n',
      'manifests/config.yaml': 'image: no/manifest\n',
    })
    expect(graph.kubernetes.map(({ path }) => path)).toEqual([
      'chart/templates/deployment.yaml',
      'chart/values.yaml',
      'k8s/app.yaml',
    ])
    const [template, chart, manifest] = graph.kubernetes
    expect(template).toMatchObject({ images: [], runAsNonRoot: [{ value: 'true' }] })
    expect(chart).toMatchObject({ images: [{ value: 'acme/app' }], fsGroup: [{ value: '70' }] })
    expect(manifest).toMatchObject({
      runAsUser: [{ value: '1000' }],
      containerPorts: [{ value: '80' }],
      addedCapabilities: [{ value: 'NET_ADMIN' }, { value: 'SYS_TIME' }],
    })
    expect(graph.imageUses('acme/app').map(({ image }) => image)).toEqual(['acme/app', 'acme/app:1'])
  })
})

describe('the graph', () => {
  it('is the same object until a file that it rests on changes', async () => {
    const project = await projectFrom({ ...IMAGE, 'compose.yaml': 'services:\n  web: { build: . }\n' })
    const graph = buildGraph(project)
    const otherImage = applyTo(project, [{ path: 'Dockerfile', start: 0, end: 4, text: 'FROM' }])
    expect(buildGraph(otherImage)).toBe(graph)
    const moved = applyTo(otherImage, [{ path: 'compose.yaml', start: 28, end: 29, text: 'app' }])
    expect(buildGraph(moved).contextsOf('app/Dockerfile')).toEqual(['app'])
    expect(buildGraph(project).contextsOf('Dockerfile')).toEqual(['.'])
  })

  it('follows a link to the file behind it', async () => {
    const project = await projectFrom({
      'docker/Dockerfile.debian': '',
      'compose.yaml': 'services:\n  web: { build: . }\n',
    })
    const linked: Project = {
      ...project,
      read: (path) => project.read(path === 'Dockerfile' ? 'docker/Dockerfile.debian' : path),
    }
    expect(buildGraph(linked).consumersOf('docker/Dockerfile.debian')).toMatchObject([{ context: '.' }])
  })

  it('reads few files of a large project, and is linear', async () => {
    const files: Files = { ...IMAGE }
    for (let i = 0; i < 20_000; i++) files[`packages/p${i % 500}/src/module${i}.ts`] = ''
    for (let i = 0; i < 200; i++) files[`services/s${i}/compose.yaml`] = 'services:\n  web: { build: . }\n'
    const project = await projectFrom(files)
    let reads = 0
    const counting: Project = {
      ...project,
      read: (path) => {
        reads++
        return project.read(path)
      },
    }
    expect(buildGraph(counting).consumers).toHaveLength(200)
    expect(reads).toBeLessThan(2_000)
  })

  it('never throws, whatever the files hold', async () => {
    const names = [
      'compose.yaml',
      'compose.override.yaml',
      '.github/workflows/a.yml',
      'action.yml',
      'fly.toml',
      'docker-bake.hcl',
      'docker-bake.json',
      'skaffold.yaml',
      'heroku.yml',
      'render.yaml',
      '.devcontainer/devcontainer.json',
      'README.md',
      'Makefile',
      'k8s/a.yaml',
      '.env',
    ]
    const parts = [
      'services:',
      '\n',
      '  ',
      'a: ',
      '- ',
      'build: .',
      'include:',
      '&x ',
      '*x',
      '<<: ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '#',
      'docker build ',
      '-f ',
      '--target=',
      '$(X)',
      '${X',
      '\\\n',
      'target "a" {',
      '=',
      'jobs:',
      'steps:',
      'run: ',
      'uses: docker/build-push-action',
      'with:',
      '${{ matrix.a }}',
      '---',
      'kind: Pod\napiVersion: v1\n',
      'image: ',
      'extends: a',
      '../',
      'x',
    ] as const
    const text = fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((list) => list.join(''))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), fc.oneof(text, fc.string())), async (files) => {
        const graph = await graphOf({ ...IMAGE, ...files })
        for (const { at } of graph.consumers) expect(at.end).toBeLessThanOrEqual(files[at.path]!.length)
      }),
      { numRuns: 1_000 },
    )
  })
})

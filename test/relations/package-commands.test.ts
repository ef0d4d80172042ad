import { beforeAll, describe, expect, it } from 'vitest'
import { documentOf, loadLenses } from '../../src/documents/index.js'
import { textFile } from '../../src/project.js'
import { optionOf, type PackageCommand, packageCommandsOf } from '../../src/relations/package-commands.js'

beforeAll(() => loadLenses(['Dockerfile']))

function commandsOf(lines: string): readonly PackageCommand[] {
  const document = documentOf(textFile('Dockerfile', `FROM debian:bookworm-slim\n${lines}\n`), 'dockerfile')!
  return document.instructions.flatMap((instruction) => packageCommandsOf(document, instruction))
}

const only = (shell: string) => {
  const commands = commandsOf(`RUN ${shell}`)
  expect(commands).toHaveLength(1)
  return commands[0]!
}

const names = (shell: string) => only(shell).packages.map(({ name, kind }) => (kind === 'named' ? name : [name, kind]))

describe('the verb', () => {
  it.each([
    ['apt-get update', 'apt-get', 'update'],
    ['apt-get -qq -o Acquire::Retries=3 install x', 'apt-get', 'install'],
    ['apt -y full-upgrade', 'apt', 'dist-upgrade'],
    ['apk --update add x', 'apk', 'install'],
    ['apk add -X http://mirror/edge x', 'apk', 'install'],
    ['yum -y update', 'yum', 'upgrade'],
    ['dnf makecache', 'dnf', 'update'],
    ['microdnf clean all', 'microdnf', 'clean'],
    ['zypper -n in x', 'zypper', 'install'],
    ['zypper ref', 'zypper', 'update'],
    ['pip3.11 install x', 'pip', 'install'],
    ['python3 -m pip install x', 'pip', 'install'],
    ['python -u -m pip --no-cache-dir install x', 'pip', 'install'],
    ['/opt/venv/bin/pip install x', 'pip', 'install'],
    ['$VENV/bin/pip install x', 'pip', 'install'],
    ['npm i', 'npm', 'install'],
    ['npm clean-install', 'npm', 'ci'],
    ['npm --prefix web run build', 'npm', 'run'],
    ['yarn', 'yarn', 'install'],
    ['yarn --cwd web --frozen-lockfile', 'yarn', 'install'],
    ['yarn global add serve', 'yarn', 'install'],
    ['pnpm -C web i', 'pnpm', 'install'],
  ])('of %s', (shell, manager, verb) => {
    expect(only(shell)).toMatchObject({ manager, verb })
  })

  it.each([
    'echo apt-get install x',
    'python -m pipx install x',
    'python manage.py -m pip install x',
    'uv pip install x',
    '$MANAGER install x',
    '$(which pip)/bin/$PIP install x',
    'apt-get $VERB x',
    'chroot /mnt apt-get install x',
    'bash -c "apt-get install x"',
    'apt-get --help',
  ])('is not read from %s', (shell) => {
    expect(commandsOf(`RUN ${shell}`)).toEqual([])
  })
})

describe('packages', () => {
  it.each([
    ['apt-get install -y curl=7.88* git/bookworm libc6:arm64', ['curl', 'git', 'libc6']],
    ['apt-get install -t bookworm-backports -y git', ['git']],
    ['apt-get install -yt sid git', ['git']],
    ['apt-get -oDebug::x=1 install g++ exim4-', ['g++', ['exim4', 'removed']]],
    [
      'apt-get install ./x.deb /tmp/*.deb',
      [
        ['./x.deb', 'file'],
        ['/tmp/*.deb', 'file'],
      ],
    ],
    ['apt-get install -y $DEPS "python${V}-dev" vim', [['$DEPS', 'computed'], ['python${V}-dev', 'computed'], 'vim']],
    ['apk add -t .deps --no-cache py3-pip~=23 gcc>9 foo@edge', ['py3-pip', 'gcc', 'foo']],
    [
      'pip install "uvicorn[standard]==0.3" a>=1 -r r.txt -i https://x/simple ./pkg',
      ['uvicorn', 'a', ['./pkg', 'file']],
    ],
    ['pip install git+https://x/y.git', [['git+https://x/y.git', 'file']]],
    ['npm install -g @angular/cli@17 pm2@latest', ['@angular/cli', 'pm2']],
    ['dnf install --enablerepo crb -y gcc https://x/y.rpm', ['gcc', ['https://x/y.rpm', 'file']]],
    ['apt-get remove -y gcc', ['gcc']],
    ['npm run build', []],
  ])('of %s', (shell, expected) => {
    expect(names(shell)).toEqual(expected)
  })
})

describe('options', () => {
  it('are told one by one, with their values', () => {
    const command = only('apt-get -qqy -o Dpkg::Use-Pty=0 install --target-release=sid -t old x')
    expect(command.options.map(({ name, value }) => [name, value])).toEqual([
      ['-q', undefined],
      ['-q', undefined],
      ['-y', undefined],
      ['-o', 'Dpkg::Use-Pty=0'],
      ['--target-release', 'sid'],
      ['-t', 'old'],
    ])
    expect(optionOf(command, '-t', '--target-release')?.value).toBe('old')
    expect(optionOf(command, '-y')?.word.text).toBe('-qqy')
  })

  it('end at two dashes', () => {
    expect(only('pip install -- -x').packages.map(({ name }) => name)).toEqual(['-x'])
  })
})

describe('what stands before', () => {
  it('is kept apart from the program', () => {
    const command = only('DEBIAN_FRONTEND=noninteractive sudo -E -u root env A=1 apt-get install -y x')
    expect(command.prefix.map(({ text }) => text)).toEqual(['sudo', '-E', '-u', 'root', 'env', 'A=1'])
    expect(command.command.assigned.map(({ name }) => name)).toEqual(['DEBIAN_FRONTEND'])
    expect(command.program.text).toBe('apt-get')
  })

  it('may be xargs or a time limit', () => {
    expect(commandsOf('RUN cat list | xargs -n 1 apt-get install -y')[0]).toMatchObject({
      verb: 'install',
      packages: [],
    })
    expect(only('timeout -k 5 300 pip install x').verb).toBe('install')
  })
})

describe('places', () => {
  it('are found in every part of a script', () => {
    const commands = commandsOf('RUN set -e; if x; then apt-get update; fi \\\n  # why\n  && (apt-get install -y a)')
    expect(commands.map(({ verb }) => verb)).toEqual(['update', 'install'])
  })

  it('in here-documents are marked', () => {
    const commands = commandsOf('RUN <<EOF\napt-get update\nEOF\nRUN apt-get update')
    expect(commands.map(({ inHereDocument }) => inHereDocument)).toEqual([true, false])
  })

  it('are none where another program reads RUN', () => {
    expect(commandsOf('SHELL ["pwsh", "-c"]\nRUN apt-get update')).toEqual([])
    expect(commandsOf('RUN ["apt-get", "update"]')).toEqual([])
    expect(commandsOf('SHELL ["/bin/bash", "-c"]\nRUN apt-get update')).toHaveLength(1)
  })
})

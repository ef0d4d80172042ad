/**
 * How the command lines of package managers are read: which options take a value, what their verbs are called, how a
 * package is named. From apt-get(8), apk(8), dnf(8), yum(8), zypper(8), `pip install --help`, `npm help config`,
 * `yarn install --help` and `pnpm install --help`.
 */

export type Manager =
  | 'apt-get'
  | 'apt'
  | 'apk'
  | 'dnf'
  | 'microdnf'
  | 'yum'
  | 'zypper'
  | 'pip'
  | 'npm'
  | 'yarn'
  | 'pnpm'

export interface Grammar {
  /** Options whose value may be the next word. */
  readonly withValue: ReadonlySet<string>
  /** What a verb, as written, is called by one name for all. */
  readonly verbs: ReadonlyMap<string, string>
  /** What is no name but a path or an address. */
  readonly isFile: RegExp
  /** The name alone, without version, release, architecture and extras. */
  readonly name: RegExp
}

/** The grammar of a package manager, by the name of its program. */
export function grammarOf(manager: Manager): Grammar
export function grammarOf(manager: string): Grammar | undefined
export function grammarOf(manager: string): Grammar | undefined {
  return GRAMMARS.get(manager)
}

function grammar(withValue: string, verbs: string, isFile: RegExp, name: RegExp): Grammar {
  return {
    withValue: new Set(withValue.split(/\s+/)),
    verbs: new Map(verbs.split(/\s+/).map((pair) => pair.split('=') as [string, string])),
    isFile,
    name,
  }
}

const apt = grammar(
  `-t -o -c -a -P --target-release --default-release --option --config-file --host-architecture --build-profiles
  --with-source --error-on`,
  'full-upgrade=dist-upgrade auto-remove=autoremove',
  // A slash inside is a release: `name/stable`.
  /^[./~]|\.deb$/,
  /^[^=:/~]+/,
)

const dnf = grammar(
  `-c -d -e -R -x --config --debuglevel --errorlevel --randomwait --exclude --excludepkgs --installroot --releasever
  --enablerepo --disablerepo --repo --repoid --repofrompath --setopt --forcearch --enableplugin --disableplugin --comment
  --advisory --bz --cve --sec-severity --downloaddir --destdir --rpmverbosity --color`,
  'in=install update=upgrade up=upgrade makecache=update erase=remove rm=remove localinstall=install',
  /^[./~]|:\/\/|\.rpm$/,
  /^.+$/,
)

const zypper = grammar(
  `-c -C -D -R -p -r -t --config --userdata --reposd-dir --cache-dir --raw-cache-dir --solv-cache-dir --pkg-cache-dir
  --root --installroot --releasever --plus-repo --plus-content --from --repo --type --download --details`,
  'in=install update=upgrade up=upgrade refresh=update ref=update rm=remove cc=clean clean=clean dup=dist-upgrade',
  /^[./~]|:\/\/|\.rpm$/,
  /^[^=<>]+/,
)

const GRAMMARS: ReadonlyMap<string, Grammar> = new Map<Manager, Grammar>([
  ['apt-get', apt],
  ['apt', apt],
  [
    'apk',
    grammar(
      `-X -p -t --repository --root --virtual --arch --cache-dir --cache-max-age --keys-dir --repositories-file --wait
      --progress-fd --timeout`,
      'add=install del=remove',
      /^[./~]|\.apk$/,
      /^[^=<>~@]+/,
    ),
  ],
  ['dnf', dnf],
  ['microdnf', dnf],
  ['yum', dnf],
  ['zypper', zypper],
  [
    'pip',
    grammar(
      `-r -c -e -t -i -f -C -d -w --requirement --constraint --editable --target --platform --python-version
      --implementation --abi --prefix --root --src --index-url --extra-index-url --find-links --cache-dir --timeout
      --retries --proxy --trusted-host --cert --client-cert --log --exists-action --progress-bar --upgrade-strategy
      --no-binary --only-binary --global-option --build-option --install-option --config-settings --report --python
      --root-user-action --use-feature --use-deprecated --group --keyring-provider --resume-retries --dest --wheel-dir`,
      'uninstall=remove',
      /^[./~]|:\/\/|\.(whl|zip|tar\.\w+|tgz)$|\//,
      /^[^[=<>~!;@\s]+/,
    ),
  ],
  [
    'npm',
    grammar(
      `-C -w --prefix --registry --cache --loglevel --workspace --omit --include --only --userconfig --globalconfig
      --fetch-retries --fetch-timeout --fetch-retry-mintimeout --fetch-retry-maxtimeout --network-timeout --tag
      --script-shell --install-strategy --maxsockets --before --cpu --os --libc`,
      'i=install in=install add=install clean-install=ci ic=ci install-clean=ci rm=remove un=remove uninstall=remove up=upgrade update=upgrade run-script=run',
      /^[./~]|:/,
      /^@?[^@]+/,
    ),
  ],
  [
    'yarn',
    grammar(
      `--cwd --cache-folder --registry --network-timeout --modules-folder --mutex --network-concurrency --prefix
      --use-yarnrc --link-folder --global-folder --preferred-cache-folder --mode`,
      'add=install upgrade=upgrade up=upgrade',
      /^[./~]|:\/\//,
      /^@?[^@]+/,
    ),
  ],
  [
    'pnpm',
    grammar(
      `-C -F --dir --filter --filter-prod --store-dir --registry --reporter --loglevel --package-import-method
      --virtual-store-dir --network-concurrency --fetch-retries --fetch-timeout --prefix --node-linker`,
      'i=install add=install rm=remove un=remove uninstall=remove up=upgrade update=upgrade',
      /^[./~]|:\/\//,
      /^@?[^@]+/,
    ),
  ],
])

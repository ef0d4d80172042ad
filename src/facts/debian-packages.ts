/**
 * Packages of Debian and Ubuntu whose names a release no longer has. Names on Debian were looked up in the signed package
 * lists of bookworm and trixie (main, November 2026), those on Ubuntu in the lists of jammy and noble (main and universe).
 */

/** A release whose names are known. */
export type NamedRelease = 'bookworm' | 'trixie' | 'jammy' | 'noble'

/** What became of a name that a release does not have. */
export interface GoneName {
  /** The package that has its place there; `undefined` if none has. */
  readonly now: string | undefined
  /** Whether that one holds the same files. Otherwise it is a later version, and what was built with the old one needs building anew. */
  readonly isSame: boolean
}

const RELEASES: readonly NamedRelease[] = ['bookworm', 'trixie', 'jammy', 'noble']

/** Name and what it is called on bookworm, trixie, jammy and noble. `=`: there is one · `-`: nothing · `~`: a later version. */
const NAMES = `
libgl1-mesa-glx = libgl1 = libgl1
libegl1-mesa = libegl1 = =
libgles2-mesa = libgles2 = =
libgdk-pixbuf2.0-0 = libgdk-pixbuf-2.0-0 = =
libgdk-pixbuf2.0-dev = libgdk-pixbuf-2.0-dev = =
libodbc1 = libodbc2 = libodbc2
odbcinst1debian2 = odbcinst = odbcinst
mime-support = media-types = media-types
netcat netcat-openbsd netcat-openbsd = netcat-openbsd
libasound2 = = = libasound2t64
mysql-client default-mysql-client default-mysql-client = =
libmysqlclient-dev default-libmysqlclient-dev default-libmysqlclient-dev = =
chromium-browser chromium chromium = =
ttf-freefont fonts-freefont-ttf fonts-freefont-ttf = =
ttf-dejavu fonts-dejavu fonts-dejavu = =
policykit-1 = ~polkitd = =
ntp = ~ntpsec = =
libaio1 = - = -
libncurses5 = ~libncurses6 = ~libncurses6
libncursesw5 = ~libncursesw6 = ~libncursesw6
libtinfo5 = ~libtinfo6 = ~libtinfo6
libpcre3 = ~libpcre2-8-0 = =
libpcre3-dev = ~libpcre2-dev = =
libatlas-base-dev = ~libopenblas-dev = =
libldap-2.4-2 ~libldap-2.5-0 ~libldap2 ~libldap-2.5-0 ~libldap2
libldap-2.5-0 = ~libldap2 = ~libldap2
libssl1.1 - - - -
libffi7 ~libffi8 ~libffi8 = ~libffi8
libwebp6 ~libwebp7 ~libwebp7 ~libwebp7 ~libwebp7
libtiff5 ~libtiff6 ~libtiff6 = ~libtiff6
libgconf-2-4 = - = -
python ~python-is-python3 ~python-is-python3 ~python-is-python3 ~python-is-python3
python-dev ~python3-dev ~python3-dev ~python3-dev ~python3-dev
python2 - - = -
python3-distutils = - = -
software-properties-common = - = =
wkhtmltopdf = - = =
openjdk-11-jre-headless - - = =
openjdk-17-jre-headless = ~openjdk-21-jre-headless = =
openjdk-17-jre = ~openjdk-21-jre = =
openjdk-17-jdk-headless = ~openjdk-21-jdk-headless = =
openjdk-17-jdk = ~openjdk-21-jdk = =
postgresql-client-15 = ~postgresql-client-17 - -
libwebkit2gtk-4.0-37 = ~libwebkit2gtk-4.1-0 = ~libwebkit2gtk-4.1-0
libmysqlclient21 ~libmariadb3 ~libmariadb3 = =
libgdal32 = ~libgdal36 - -
libicu72 = ~libicu76 - -
libavcodec59 = ~libavcodec61 - -
libmagickwand-6.q16-6 = ~libmagickwand-7.q16-10 = -
libre2-9 = ~libre2-11 = -
libgit2-1.5 = ~libgit2-1.9 - -
librocksdb7.8 = ~librocksdb9.10 - -
libzip4 = ~libzip5 = =
libspatialindex6 = ~libspatialindex8 = =
liblept5 = ~libleptonica6 = =
libhdf5-103-1 = ~libhdf5-310 = =
libsqlcipher0 = ~libsqlcipher1 = -
`

const gone = new Map<string, ReadonlyMap<NamedRelease, GoneName>>()
for (const line of NAMES.trim().split('\n')) {
  const [name = '', ...columns] = line.split(' ')
  const missing = RELEASES.flatMap((release, i) => {
    const column = columns[i]!
    if (column === '=') return []
    const now = column === '-' ? undefined : column.replace('~', '')
    return [[release, { now, isSame: !column.startsWith('~') }] as const]
  })
  gone.set(name, new Map(missing))
}

/** What became of a package's name on a release that does not have it; `undefined` if it has, or if nobody here knows. */
export function goneName(name: string, release: NamedRelease): GoneName | undefined {
  return gone.get(name)?.get(release)
}

/**
 * What a package for building leaves to run time. Debian and Ubuntu: computed from signed apt metadata of November 2026
 * (non-dev packages of the same source that the -dev package depends on, cut down to what a program can load). Alpine:
 * the names of its aports, two of which were looked up (`documented`). Sizes and users of each are not kept here.
 */

/** A release that fixes what packages are called; `either`: bookworm or trixie, the file does not say which. */
export type Release = 'bookworm' | 'trixie' | 'jammy' | 'noble' | 'either' | 'alpine'

/** Whether a package is a compiler or brings one: without any, nothing is compiled, whatever headers there are. */
export function bringsCompiler(name: string): boolean {
  return COMPILERS.test(name)
}

const COMPILERS =
  /^(build-essential|build-base|alpine-sdk|(gcc|g\+\+|clang|gfortran)(-\d+)?|rust|rustc|cargo|go|golang|golang-go|cmake|dpkg-dev|libtool)$/

/** Compilers and what only they need: nothing that runs loads them. */
export function isBuildTool(name: string): boolean {
  return TOOLS.has(name) || NUMBERED_TOOL.test(name)
}

/**
 * The packages whose files a program loads once it was built with this one; `undefined` for a package that is not for
 * building, or of which nobody here knows what it leaves.
 */
export function runtimeOf(name: string, release: Release): readonly string[] | undefined {
  return (release === 'alpine' ? onAlpine() : onDebian(release)).get(name)
}

/** Whether a package has the headers of a library, whatever library that is. */
export function hasHeaders(name: string): boolean {
  return /-dev$/.test(name) && !isBuildTool(name)
}

const TOOLS = new Set(
  (
    'build-essential gcc g++ cpp clang llvm llvm-dev libclang-dev make cmake ninja-build samurai meson autoconf automake ' +
    'libtool libtool-bin pkg-config pkgconf bison flex swig nasm yasm patch patchelf ccache gfortran dpkg-dev ' +
    'python-dev python2-dev python3-dev python-dev-is-python3 libpython3-dev libc6-dev libc-dev musl-dev linux-libc-dev linux-headers ' +
    'linux-headers-generic build-base alpine-sdk rust rustc cargo go golang golang-go libstdc++-dev'
  ).split(' '),
)

/** `gcc-12`, `libstdc++-12-dev`, `python3.11-dev`. */
const NUMBERED_TOOL = /^(?:(?:gcc|g\+\+|cpp|clang|llvm|gfortran)-\d+|libstdc\+\+-\d+-dev|(?:lib)?python[23]\.\d+-dev)$/

const RELEASES = ['bookworm', 'trixie', 'jammy', 'noble'] as const

/**
 * Name and what it leaves on bookworm, trixie, jammy and noble; once where that is the same everywhere, `-` where there
 * is no such package. `+`: trixie still has packages that stand in for bookworm's names.
 */
const DEBIAN = `
libpq-dev libpq5
default-libmysqlclient-dev libmariadb3 libmariadb3 libmysqlclient21 libmysqlclient21
libmariadb-dev libmariadb3
libmariadb-dev-compat libmariadb3
libmagic-dev libmagic1 libmagic1t64 libmagic1 libmagic1t64 +
libxml2-dev libxml2
libxslt1-dev libxslt1.1
libjpeg-dev libjpeg62-turbo libjpeg62-turbo libjpeg8 libjpeg8
libjpeg62-turbo-dev libjpeg62-turbo libjpeg62-turbo - -
zlib1g-dev zlib1g
libffi-dev libffi8
libssl-dev libssl3 libssl3t64 libssl3 libssl3t64 +
libcairo2-dev libcairo2
libpango1.0-dev libpango-1.0-0,libpangocairo-1.0-0,libpangoft2-1.0-0,libpangoxft-1.0-0
libgdk-pixbuf2.0-dev libgdk-pixbuf-2.0-0
libgdk-pixbuf-2.0-dev libgdk-pixbuf-2.0-0
libgdal-dev libgdal32 libgdal36 libgdal30 libgdal34t64
libgeos-dev libgeos-c1v5 libgeos-c1t64 libgeos-c1v5 libgeos-c1t64 +
libproj-dev libproj25 libproj25 libproj22 libproj25
libspatialite-dev libspatialite7 libspatialite8t64 libspatialite7 libspatialite8t64
libsqlite3-dev libsqlite3-0
libsqlcipher-dev libsqlcipher0 libsqlcipher1 libsqlcipher0 libsqlcipher1
libldap2-dev libldap-2.5-0 libldap2 libldap-2.5-0 libldap2
libldap-dev libldap-2.5-0 libldap2 libldap-2.5-0 libldap2
libsasl2-dev libsasl2-2
libxmlsec1-dev libxmlsec1,libxmlsec1-openssl libxmlsec1t64,libxmlsec1t64-openssl libxmlsec1,libxmlsec1-openssl libxmlsec1t64,libxmlsec1t64-openssl +
unixodbc-dev libodbc2,odbcinst,unixodbc
freetds-dev libsybdb5
libsnappy-dev libsnappy1v5
libsndfile1-dev libsndfile1
portaudio19-dev libportaudio2
libasound2-dev libasound2 libasound2t64 libasound2 libasound2t64 +
libavcodec-dev libavcodec59 libavcodec61 libavcodec58 libavcodec60
libavformat-dev libavformat59 libavformat61 libavformat58 libavformat60
libavutil-dev libavutil57 libavutil59 libavutil56 libavutil58
libavdevice-dev libavdevice59 libavdevice61 libavdevice58 libavdevice60
libavfilter-dev libavfilter8 libavfilter10 libavfilter7 libavfilter9
libswscale-dev libswscale6 libswscale8 libswscale5 libswscale7
libswresample-dev libswresample4 libswresample5 libswresample3 libswresample4
libgl1-mesa-dev libgl1
libglib2.0-dev libglib2.0-0 libglib2.0-0t64 libglib2.0-0 libglib2.0-0t64 +
libgirepository1.0-dev libgirepository-1.0-1
libtiff-dev libtiff6 libtiff6 libtiff5 libtiff6
libtiff5-dev libtiff6 libtiff6 libtiff5 libtiff6
libwebp-dev libwebp7,libwebpmux3,libwebpdemux2 libwebp7,libwebpdemux2,libwebpmux3,libwebpdecoder3 libwebp7,libwebpmux3,libwebpdemux2 libwebp7,libwebpdemux2,libwebpmux3,libwebpdecoder3 +
libfreetype6-dev libfreetype6
libfreetype-dev libfreetype6
libfontconfig1-dev libfontconfig1
liblcms2-dev liblcms2-2
libopenjp2-7-dev libopenjp2-7
libharfbuzz-dev libharfbuzz0b,libharfbuzz-subset0 libharfbuzz0b,libharfbuzz-subset0 libharfbuzz0b libharfbuzz0b,libharfbuzz-subset0
libfribidi-dev libfribidi0
libpng-dev libpng16-16 libpng16-16t64 libpng16-16 libpng16-16t64 +
libcurl4-openssl-dev libcurl4 libcurl4t64 libcurl4 libcurl4t64 +
libcurl4-gnutls-dev libcurl3-gnutls libcurl3t64-gnutls libcurl3-gnutls libcurl3t64-gnutls +
librdkafka-dev librdkafka1
libzmq3-dev libzmq5
libmemcached-dev libmemcached11 libmemcached11t64 libmemcached11 libmemcached11t64 +
libev-dev libev4 libev4t64 libev4 libev4t64 +
libevent-dev libevent-2.1-7,libevent-core-2.1-7 libevent-2.1-7t64,libevent-core-2.1-7t64 libevent-2.1-7,libevent-core-2.1-7 libevent-2.1-7t64,libevent-core-2.1-7t64 +
libuv1-dev libuv1 libuv1t64 libuv1 libuv1t64 +
libyaml-dev libyaml-0-2
graphviz-dev libcdt5,libcgraph6,libgvc6
libhdf5-dev libhdf5-103-1,libhdf5-hl-100 libhdf5-310,libhdf5-hl-310 libhdf5-103-1,libhdf5-hl-100 libhdf5-103-1t64,libhdf5-hl-100t64
libnetcdf-dev libnetcdf19 libnetcdf22 libnetcdf19 libnetcdf19t64
libopenblas-dev libopenblas0-pthread
libblas-dev libblas3
liblapack-dev liblapack3
libatlas-base-dev libatlas3-base - libatlas3-base libatlas3-base
libgmp-dev libgmp10
libmpfr-dev libmpfr6
libmpc-dev libmpc3
libbz2-dev libbz2-1.0
liblzma-dev liblzma5
libreadline-dev libreadline8 libreadline8t64 libreadline8 libreadline8t64 +
libncurses-dev libtinfo6,libncurses6,libncursesw6
tk-dev tk8.6
libgdbm-dev libgdbm6 libgdbm6t64 libgdbm6 libgdbm6t64 +
libdb-dev libdb5.3 libdb5.3t64 libdb5.3 libdb5.3t64 +
uuid-dev libuuid1
libexpat1-dev libexpat1
libpcre3-dev libpcre3 - libpcre3 libpcre3
libpcre2-dev libpcre2-8-0
libkrb5-dev libgssapi-krb5-2
libgpgme-dev libgpgme11 libgpgme11t64 libgpgme11 libgpgme11t64 +
libsodium-dev libsodium23
libsecp256k1-dev libsecp256k1-1 libsecp256k1-2 libsecp256k1-0 libsecp256k1-1
libseccomp-dev libseccomp2
libcap-dev libcap2
libpcap-dev libpcap0.8 libpcap0.8t64 libpcap0.8 libpcap0.8t64 +
libusb-1.0-0-dev libusb-1.0-0
libudev-dev libudev1
libbluetooth-dev libbluetooth3
libdbus-1-dev libdbus-1-3
libsystemd-dev libsystemd0
libpoppler-cpp-dev libpoppler-cpp0v5 libpoppler-cpp2 libpoppler-cpp0v5 libpoppler-cpp0t64
libtesseract-dev libtesseract5 libtesseract5 libtesseract4 libtesseract5
libleptonica-dev liblept5 libleptonica6 liblept5 liblept5
libzbar-dev libzbar0 libzbar0t64 libzbar0 libzbar0t64 +
libdmtx-dev libdmtx0b libdmtx0t64 libdmtx0b libdmtx0t64 +
libmagickwand-dev libmagickwand-6.q16-6 libmagickwand-7.q16-10 libmagickwand-6.q16-6 libmagickwand-6.q16-7t64
libmagickcore-dev libmagickcore-6.q16-6 libmagickcore-7.q16-10 libmagickcore-6.q16-6 libmagickcore-6.q16-7t64
libvips-dev libvips42 libvips42t64 libvips42 libvips42t64 +
libheif-dev libheif1
libraqm-dev libraqm0
libimagequant-dev libimagequant0
libprotobuf-dev libprotobuf32 libprotobuf32t64 libprotobuf23 libprotobuf32t64 +
libleveldb-dev libleveldb1d
librocksdb-dev librocksdb7.8 librocksdb9.10 librocksdb6.11 librocksdb8.9
liblmdb-dev liblmdb0
libzstd-dev libzstd1
liblz4-dev liblz4-1
liblzo2-dev liblzo2-2
libbrotli-dev libbrotli1
libarchive-dev libarchive13 libarchive13t64 libarchive13 libarchive13t64 +
libgit2-dev libgit2-1.5 libgit2-1.9 libgit2-1.1 libgit2-1.7
libssh2-1-dev libssh2-1 libssh2-1t64 libssh2-1 libssh2-1t64 +
libssh-dev libssh-4
libenchant-2-dev libenchant-2-2
libicu-dev libicu72 libicu76 libicu70 libicu74
libidn11-dev libidn12
libidn2-dev libidn2-0
libaio-dev libaio1 libaio1t64 libaio1 libaio1t64
libmaxminddb-dev libmaxminddb0
libspatialindex-dev libspatialindex6,libspatialindex-c6 libspatialindex8,libspatialindex-c8 libspatialindex6,libspatialindex-c6 libspatialindex6,libspatialindex-c6
libsnmp-dev libsnmp40 libsnmp40t64 libsnmp40 libsnmp40t64 +
libx11-dev libx11-6
libxrender-dev libxrender1
libnss3-dev libnss3
libgtk-3-dev libgtk-3-0 libgtk-3-0t64 libgtk-3-0 libgtk-3-0t64 +
libvirt-dev libvirt0
libre2-dev libre2-9 libre2-11 libre2-9 libre2-10
libmecab-dev libmecab2
libhunspell-dev libhunspell-1.7-0
libonig-dev libonig5
libzip-dev libzip4 libzip5 libzip4 libzip4t64
libgif-dev libgif7
librsvg2-dev librsvg2-2,librsvg2-common
libpixman-1-dev libpixman-1-0
libtidy-dev libtidy5deb1 libtidy58 libtidy5deb1 libtidy5deb1
libsecret-1-dev libsecret-1-0
libchromaprint-dev libchromaprint1
libsamplerate0-dev libsamplerate0
libsdl2-dev libsdl2-2.0-0
libxslt-dev libxslt1.1
libgraphviz-dev libcdt5,libcgraph6,libgvc6
libncurses5-dev libtinfo6,libncurses6,libncursesw6
libncursesw5-dev libtinfo6,libncurses6,libncursesw6
`

const ALPINE = `
libpq-dev=libpq postgresql-dev=libpq mariadb-connector-c-dev=mariadb-connector-c mariadb-dev=mariadb-connector-c
file-dev=libmagic libxml2-dev=libxml2 libxslt-dev=libxslt libjpeg-turbo-dev=libjpeg-turbo jpeg-dev=libjpeg-turbo
zlib-dev=zlib libffi-dev=libffi openssl-dev=libssl3,libcrypto3 cairo-dev=cairo pango-dev=pango
gdk-pixbuf-dev=gdk-pixbuf gdal-dev=gdal geos-dev=geos proj-dev=proj libspatialite-dev=libspatialite
sqlite-dev=sqlite-libs sqlcipher-dev=sqlcipher-libs openldap-dev=libldap cyrus-sasl-dev=libsasl xmlsec-dev=xmlsec
unixodbc-dev=unixodbc freetds-dev=freetds snappy-dev=snappy libsndfile-dev=libsndfile portaudio-dev=portaudio
alsa-lib-dev=alsa-lib mesa-dev=mesa-gl glib-dev=glib gobject-introspection-dev=gobject-introspection tiff-dev=tiff
libwebp-dev=libwebp,libwebpmux,libwebpdemux freetype-dev=freetype fontconfig-dev=fontconfig lcms2-dev=lcms2
openjpeg-dev=openjpeg harfbuzz-dev=harfbuzz,harfbuzz-subset fribidi-dev=fribidi libpng-dev=libpng curl-dev=libcurl
librdkafka-dev=librdkafka zeromq-dev=libzmq libmemcached-dev=libmemcached-libs libev-dev=libev libevent-dev=libevent
libuv-dev=libuv yaml-dev=yaml graphviz-dev=graphviz hdf5-dev=hdf5 netcdf-dev=netcdf openblas-dev=openblas
lapack-dev=openblas,lapack gmp-dev=gmp mpfr-dev=mpfr mpc1-dev=mpc1 bzip2-dev=libbz2 xz-dev=xz-libs
readline-dev=readline ncurses-dev=ncurses-libs tk-dev=tk gdbm-dev=gdbm db-dev=db util-linux-dev=libuuid
expat-dev=libexpat pcre-dev=pcre pcre2-dev=pcre2 krb5-dev=krb5-libs gpgme-dev=gpgme libsodium-dev=libsodium
libsecp256k1-dev=libsecp256k1 libseccomp-dev=libseccomp libcap-dev=libcap2 libpcap-dev=libpcap libusb-dev=libusb
eudev-dev=eudev-libs bluez-dev=bluez-libs dbus-dev=dbus-libs poppler-dev=poppler tesseract-ocr-dev=tesseract-ocr
leptonica-dev=leptonica zbar-dev=zbar libdmtx-dev=libdmtx-libs imagemagick-dev=imagemagick-libs vips-dev=vips
libheif-dev=libheif libraqm-dev=libraqm libimagequant-dev=libimagequant protobuf-dev=libprotobuf leveldb-dev=leveldb
rocksdb-dev=rocksdb lmdb-dev=lmdb zstd-dev=zstd-libs lz4-dev=lz4-libs lzo-dev=lzo brotli-dev=brotli-libs
libarchive-dev=libarchive libgit2-dev=libgit2 libssh2-dev=libssh2 libssh-dev=libssh enchant2-dev=enchant2
icu-dev=icu-libs libidn-dev=libidn libidn2-dev=libidn2 libaio-dev=libaio libmaxminddb-dev=libmaxminddb-libs
libspatialindex-dev=libspatialindex net-snmp-dev=net-snmp-libs libx11-dev=libx11 libxrender-dev=libxrender
nss-dev=nss gtk+3.0-dev=gtk+3.0 libvirt-dev=libvirt-libs re2-dev=re2 mecab-dev=mecab hunspell-dev=libhunspell
oniguruma-dev=oniguruma libzip-dev=libzip giflib-dev=giflib librsvg-dev=librsvg pixman-dev=pixman
tidyhtml-dev=tidyhtml-libs libsecret-dev=libsecret chromaprint-dev=chromaprint-libs libsamplerate-dev=libsamplerate
sdl2-dev=sdl2
`

const memo = new Map<Release, ReadonlyMap<string, readonly string[]>>()

function onDebian(release: Exclude<Release, 'alpine'>): ReadonlyMap<string, readonly string[]> {
  const known =
    memo.get(release) ??
    new Map(
      DEBIAN.trim()
        .split('\n')
        .flatMap((row) => leftOn(release, row.split(' '))),
    )
  memo.set(release, known)
  return known
}

function leftOn(
  release: Exclude<Release, 'alpine'>,
  [name = '', ...columns]: readonly string[],
): readonly (readonly [string, readonly string[]])[] {
  const standsIn = columns.at(-1) === '+'
  const [bookworm, trixie = bookworm] = columns
  if (release === 'either' && bookworm !== trixie && !standsIn) return []
  const left = columns[release === 'either' ? 0 : RELEASES.indexOf(release)] ?? bookworm
  return left === undefined || left === '-' ? [] : [[name, left.split(',')]]
}

function onAlpine(): ReadonlyMap<string, readonly string[]> {
  const known =
    memo.get('alpine') ??
    new Map(
      ALPINE.trim()
        .split(/\s+/)
        .map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1).split(',')]),
    )
  memo.set('alpine', known)
  return known
}

/**
 * Packages that every stable branch of Alpine from 3.12 on has in `main` or `community`, the two repositories that images
 * start with. Source: the recipes in main/ and community/ of alpinelinux/aports. Only what has been there under one name for
 * all of that time; what comes and goes, such as numbered releases of PHP or PostgreSQL, is left out.
 */
const STABLE: ReadonlySet<string> = new Set(
  (
    'alpine-sdk alsa-lib apache2 apache2-utils autoconf automake bash bash-completion bind-tools binutils bison boost-dev ' +
    'build-base bzip2 bzip2-dev ca-certificates cairo cairo-dev cmake coreutils curl curl-dev dbus dnsmasq ' +
    'diffutils dumb-init file findutils flex fontconfig freetype freetype-dev g++ gawk gcc gettext gettext-dev ghostscript git ' +
    'git-lfs gmp-dev gnupg gnutls-dev go grep gzip haproxy htop icu icu-dev imagemagick iproute2 iptables jpeg-dev jq ' +
    'lcms2-dev less libc-dev libcap libcurl libevent-dev libexif-dev libffi libffi-dev libgcc libgcrypt-dev libjpeg-turbo ' +
    'libjpeg-turbo-dev libpng libpng-dev libpq libsodium libsodium-dev libstdc++ libtool libwebp-dev libxml2 ' +
    'libxml2-dev libxslt libxslt-dev libzip-dev linux-headers make mariadb mariadb-client mariadb-dev memcached ' +
    'mosquitto musl-dev mutt nano ncurses ncurses-dev netcat-openbsd nginx nmap nodejs npm openjpeg-dev openldap-dev openssh ' +
    'openssh-client openssl openssl-dev openvpn patch perl pkgconf postfix postgresql-client postgresql-dev procps py3-pip ' +
    'python3 python3-dev readline readline-dev rsync ruby ruby-dev rust cargo sed shadow socat sqlite sqlite-dev strace ' +
    'su-exec sudo supervisor tar tcpdump tiff-dev tini tor tree ttf-dejavu tzdata unbound unzip util-linux vim wget xz xz-dev ' +
    'yaml-dev yarn zip zlib zlib-dev'
  ).split(' '),
)

/** Whether every stable branch since 3.12 has a package. */
export function isInStableBranches(name: string): boolean {
  return STABLE.has(name)
}

/** The stable branch of Alpine that a tag names, if one can be told: `3.20` of `python:3.12-alpine3.20`. */
export function alpineBranch(repository: string, tag: string): number | undefined {
  const minor = repository === 'alpine' ? /^3\.(\d+)/.exec(tag) : /alpine-?3\.(\d+)/.exec(tag)
  return minor ? Number(minor[1]) : undefined
}

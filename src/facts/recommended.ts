/**
 * What packages bring along that nobody named: of the packages that Dockerfiles install most, what Debian 12 recommends
 * to install with them and with what they depend on (`Recommends` of the archive's index for amd64 of 2026-11, beyond
 * what debian:bookworm-slim holds). Left out is what does nothing in a container, such as manual pages and translations.
 */

/** What is recommended, and the packages that bring it. */
const BROUGHT_BY: readonly (readonly [recommended: string, packages: string])[] = [
  [
    'ca-certificates',
    `apache2 cargo cmake curl gdal-bin gdb git gnupg1 gstreamer1.0-plugins-bad gunicorn libapache2-mod-php
    libboost-all-dev libboost-python-dev libcairo2-dev libcurl3-gnutls libcurl4 libcurl4-gnutls-dev
    libcurl4-openssl-dev libgdal-dev libglib2.0-dev libgtk-3-dev libgtk2.0-dev libhdf5-dev libmagickcore-dev
    libmagickwand-dev libopencv-dev libpango1.0-dev libproj-dev libsdl2-dev llvm llvm-dev mercurial nfs-common
    nodejs php php-curl postfix python3 python3-dev python3-distutils python3-numpy python3-scipy
    python3-setuptools python3-tk python3-wheel qtbase5-dev rabbitmq-server scons supervisor systemtap-sdt-dev
    tesseract-ocr wget xfsprogs`,
  ],
  [
    'libsasl2-modules',
    `apache2 cargo cmake curl dirmngr gdal-bin gdb git gnupg gnupg1 gnupg2 gstreamer1.0-plugins-bad ldap-utils
    libapache2-mod-php libcurl3-gnutls libcurl4 libcurl4-gnutls-dev libcurl4-openssl-dev libgdal-dev libhdf5-dev
    libldap2-dev libmemcached-dev libmongoc-dev libopencv-dev libpq-dev libpq5 libproj-dev libqt6sql6-psql
    libsasl2-dev libsmbclient-dev llvm llvm-dev memcached nfs-common php php-curl postfix postgresql
    postgresql-client postgresql-contrib software-properties-common subversion tesseract-ocr x11vnc`,
  ],
  [
    'libldap-common',
    `apache2 cargo cmake curl dirmngr gdal-bin gdb git gnupg gnupg1 gnupg2 gstreamer1.0-plugins-bad ldap-utils
    libapache2-mod-php libcurl3-gnutls libcurl4 libcurl4-gnutls-dev libcurl4-openssl-dev libgdal-dev libhdf5-dev
    libldap2-dev libopencv-dev libpq-dev libpq5 libproj-dev libqt6sql6-psql libsmbclient-dev llvm llvm-dev
    nfs-common php php-curl postgresql postgresql-client postgresql-contrib software-properties-common
    tesseract-ocr`,
  ],
  [
    'dbus',
    `ant dbus-x11 default-jdk default-jre dnsmasq ffmpeg ghostscript gradle libcanberra-gtk-module libcups2
    libdbus-1-3 libdbus-glib-1-2 libgtk2.0-0 libgtk2.0-dev libopencv-dev libpcap-dev libpcap0.8 libpulse0
    libqt5widgets5 libsdl2-dev libsmbclient-dev maven nmap openjdk-17-jre-headless php-fpm pulseaudio
    qt6-base-dev-tools qtbase5-dev rpm tcpdump x11vnc`,
  ],
  [
    'netbase',
    `apache2 autoconf automake build-essential debhelper dh-autoreconf dpkg-dev git lcov libapache2-mod-php
    libboost-all-dev libgdal-dev libgeoip-dev libltdl-dev libmagickcore-dev libmagickwand-dev libopenmpi-dev
    memcached perl php qmake6 qt6-base-dev-tools qtbase5-dev rpm tcl8.6-dev tk-dev`,
  ],
  [
    'librsvg2-common',
    `default-jdk default-jre ffmpeg gstreamer1.0-plugins-bad libavcodec-dev libavformat-dev libcanberra-gtk-module
    libgtk-3-0 libgtk-3-dev libgtk2.0-0 libgtk2.0-dev libopencv-dev pulseaudio`,
  ],
  ['gnupg', `build-essential debhelper dirmngr dpkg-dev gpg gpg-agent software-properties-common tcl8.6-dev tk-dev`],
  [
    'va-driver-all',
    `ffmpeg gstreamer1.0-plugins-bad libavcodec-dev libavformat-dev libavutil-dev libopencv-dev libswscale-dev
    pulseaudio`,
  ],
  [
    'vdpau-driver-all',
    `ffmpeg gstreamer1.0-plugins-bad libavcodec-dev libavformat-dev libavutil-dev libopencv-dev libswscale-dev
    pulseaudio`,
  ],
  ['build-essential', `bundler debhelper dpkg-dev npm python3-pip tcl8.6-dev tk-dev`],
  ['gcc', `cmake dpkg-dev flex golang golang-go tcl8.6-dev tk-dev`],
  ['xauth', `libboost-all-dev libopenmpi-dev openmpi-bin openssh-client openssh-server ssh xvfb`],
  ['libtool', `libboost-all-dev libgdal-dev libltdl-dev libmagickcore-dev libmagickwand-dev libopenmpi-dev`],
  ['zip', `asciidoctor bundler rake ruby ruby-dev ruby-full`],
  ['libc6-dev', `gcc golang golang-go lcov linux-headers-amd64`],
  ['pkg-config', `golang golang-go libgdal-dev libsndfile1-dev libtiff5-dev`],
  ['logrotate', `postgresql postgresql-common postgresql-contrib rsyslog`],
  ['poppler-data', `gdal-bin libgdal-dev libopencv-dev poppler-utils`],
  ['exim4-daemon-light', `cron logrotate rabbitmq-server`],
  ['ghostscript', `imagemagick libmagickcore-dev libmagickwand-dev`],
  ['libqt5svg5', `libopencv-dev libqt5widgets5 qtbase5-dev`],
  ['mesa-vulkan-drivers', `ffmpeg gstreamer1.0-plugins-bad qtbase5-dev`],
  ['openssh-client', `git mercurial sshpass`],
  ['proj-bin', `gdal-bin libgdal-dev libopencv-dev`],
  ['qt5-gtk-platformtheme', `libopencv-dev libqt5widgets5 qtbase5-dev`],
  ['qtwayland5', `libopencv-dev libqt5widgets5 qtbase5-dev`],
  ['apache2', `libapache2-mod-php php`],
  ['curl', `debhelper gettext`],
  ['fonts-urw-base35', `libmagickcore-dev libmagickwand-dev`],
  ['g++', `golang golang-go`],
  ['gcc-multilib', `lib32z1-dev libc6-dev-i386`],
  ['gstreamer1.0-plugins-base', `libopencv-dev pulseaudio`],
  ['libclang-rt-14-dev', `clang libclang-dev`],
  ['libcoarrays-openmpi-dev', `libboost-all-dev libopenmpi-dev`],
  ['libmagickcore-6.q16-6-extra', `gstreamer1.0-plugins-bad imagemagick`],
  ['llvm-14-dev', `clang llvm`],
  ['python3', `clang postfix`],
  ['sysstat', `postgresql postgresql-contrib`],
  ['automake', `autoconf`],
  ['cppzmq-dev', `libzmq3-dev`],
  ['debhelper', `libgtk2.0-dev`],
  ['erlang-crypto', `erlang-dev`],
  ['fonts-droid-fallback', `ghostscript`],
  ['fonts-liberation2', `graphviz`],
  ['gdb', `valgrind`],
  ['geoip-database', `libgeoip-dev`],
  ['git', `npm`],
  ['libbindex-java', `gradle`],
  ['libgd-perl', `lcov`],
  ['libgpars-groovy-java', `gradle`],
  ['libopencv-java', `libopencv-dev`],
  ['libprotobuf-dev', `protobuf-compiler`],
  ['libqt5opengl5-dev', `qtbase5-dev`],
  ['libqt5sql5-sqlite', `qtbase5-dev`],
  ['libsocket6-perl', `libgeoip-dev`],
  ['libxt-dev', `default-jdk`],
  ['make', `cmake`],
  ['nftables', `iptables`],
  ['opencv-data', `libopencv-dev`],
  ['patch', `git`],
  ['python3-dev', `python3-pip`],
  ['python3-pil', `python3-scipy`],
  ['rtkit', `pulseaudio`],
  ['ssl-cert', `apache2`],
  ['unzip', `zip`],
]

/** Packages that bring nothing of the kind. */
const BRING_NOTHING = `
  acl adduser alsa-utils antiword apache2-utils apparmor apt-transport-https apt-utils autotools-dev bash
  bash-completion bc binutils binutils-dev binutils-mingw-w64 bison bridge-utils bsdmainutils busybox-static bzip2
  ca-certificates ca-certificates-java ccache coreutils cpio daemontools default-libmysqlclient-dev dialog
  dnsutils dos2unix doxygen dpkg elixir erlang-nox ethtool expect fakeroot file fontconfig fonts-dejavu
  fonts-liberation fonts-noto-cjk fonts-wqy-zenhei freeglut3-dev freetds-dev g++ g++-mingw-w64-x86-64 g++-multilib
  gawk gcc-multilib gettext-base gfortran gifsicle gosu gperf gpgv grep gstreamer1.0-plugins-base
  gstreamer1.0-tools gzip haproxy hicolor-icon-theme htop inetutils-ping inotify-tools iperf iproute2 iputils-ping
  jpegoptim jq kmod less lib32stdc++6 lib32z1 libaio-dev libaio1 libapparmor-dev libapparmor1 libargon2-dev
  libasound2 libasound2-dev libassimp-dev libatk1.0-0 libatlas-base-dev libatlas3-base libavif-dev libblas-dev
  libboost-context-dev libboost-date-time-dev libboost-dev libboost-filesystem-dev libboost-program-options-dev
  libboost-regex-dev libboost-system-dev libboost-thread-dev libbrotli-dev libbson-dev libbz2-dev libc6 libc6-dev
  libc6-i386 libcairo2 libcap-dev libcap2-bin libcunit1-dev libdb-dev libdevmapper-dev libedit-dev libedit2
  libeigen3-dev libelf-dev libev-dev libev4 libevent-dev libexpat1 libexpat1-dev libffi-dev libfftw3-dev
  libfontconfig1 libfreetype6 libfreetype6-dev libfuse-dev libgd-dev libgdbm-dev libgdk-pixbuf2.0-0 libgeos-dev
  libgflags-dev libgif-dev libgl1-mesa-dev libgl1-mesa-dri libgl1-mesa-glx libglew-dev libglib2.0-0
  libglu1-mesa-dev libgmp-dev libgmp10 libgmp3-dev libgomp1 libgoogle-glog-dev libgoogle-perftools-dev
  libgssapi-krb5-2 libgtest-dev libicu-dev libjansson-dev libjemalloc-dev libjemalloc2 libjna-java libjpeg-dev
  libjpeg62-turbo libjpeg62-turbo-dev libjsoncpp-dev libkrb5-dev liblapack-dev liblcms2-2 liblcms2-dev
  libldap-common libleveldb-dev liblmdb-dev libluajit-5.1-dev liblz4-dev liblzma-dev libmagic-dev libmariadb-dev
  libmcrypt-dev libmcrypt4 libmicrohttpd-dev libmnl-dev libmpfr-dev libncurses-dev libncurses5 libncurses5-dev
  libncursesw5-dev libnl-3-dev libnspr4 libnss-wrapper libnss3 libnuma-dev libodbc1 libopenblas-dev libpam0g-dev
  libpango-1.0-0 libpcre3 libpcre3-dev libpng-dev libpng16-16 libprotobuf-dev libpthread-stubs0-dev libpython3-dev
  libqt6core6 libqt6sql6-mysql libqt6sql6-odbc libqt6sql6-sqlite libqt6xml6 libreadline-dev libseccomp-dev libsm6
  libsnappy-dev libsodium-dev libsqlite3-0 libsqlite3-dev libssh2-1-dev libssl-dev libssl3 libstdc++6
  libsystemd-dev libtbb-dev libtiff-dev libtool libtool-bin libudev-dev liburing-dev liburing2 libuv1 libuv1-dev
  libv4l-dev libvorbis-dev libwebp-dev libx11-6 libx11-dev libx11-xcb-dev libx11-xcb1 libx264-dev libxcb1
  libxcomposite1 libxcursor1 libxdamage1 libxext-dev libxext6 libxfixes3 libxft-dev libxi-dev libxi6 libxml2
  libxml2-dev libxml2-utils libxrandr-dev libxrandr2 libxrender-dev libxrender1 libxslt1-dev libxslt1.1 libxss1
  libxt-dev libxt6 libxtst6 libxvidcore-dev libyaml-0-2 libyaml-dev libzip-dev linux-libc-dev lld locales
  locales-all lsb-release lsof luajit m4 make mariadb-backup mesa-utils mlocate nano nasm net-tools netbase nginx
  nginx-full nginx-light ninja-build numactl openssl optipng p7zip p7zip-full pandoc patch patchelf pciutils
  php-cli php-gd php-mbstring php-mysql php-pear php-xml pigz pkg-config pkgconf pngquant portaudio19-dev procps
  protobuf-c-compiler psmisc pv pwgen python3-venv redis-server redis-tools rsync screen sed shared-mime-info
  shellcheck socat sox sqlite3 squashfs-tools strace sudo swig tar telnet thin-provisioning-tools time tini tmux
  tree tzdata unixodbc unixodbc-dev unzip usbutils uthash-dev uuid-dev uuid-runtime uwsgi vim vim-common vim-tiny
  whois wireless-tools x11-apps x11-utils xauth xdg-utils xfonts-100dpi xfonts-75dpi xfonts-base xfonts-scalable
  xorg-dev xsltproc xz-utils yasm zlib1g zlib1g-dev zsh zstd`

const known: ReadonlyMap<string, readonly string[]> = (() => {
  const brought = new Map<string, string[]>(
    BRING_NOTHING.trim()
      .split(/\s+/)
      .map((name) => [name, []]),
  )
  for (const [recommended, packages] of BROUGHT_BY)
    for (const name of packages.split(/\s+/)) brought.set(name, [...(brought.get(name) ?? []), recommended])
  return brought
})()

/** What a package brings along by recommendation; `undefined` for one nobody here has looked at. */
export function broughtAlong(name: string): readonly string[] | undefined {
  return known.get(name)
}

/** Packages that are made complete by what they recommend: without that, they are not what people know by the name. */
const COMPLETED =
  /^(?:texlive|libreoffice|r-base|octave|[xkl]?ubuntu-|xfce4|kde|gnome|mate-desktop|lxde|lxqt|wine|ros-|task-|chromium|firefox|inkscape|gimp|qgis|blender|default-mta|mailutils)/

/** Whether a package hardly works without what it recommends. */
export function isCompletedByRecommended(name: string): boolean {
  return COMPLETED.test(name)
}

/**
 * What is missed, and the words in a Dockerfile that show it. All of these exist under the same name in every release of
 * Debian and Ubuntu that still gets updates.
 */
const MISSED: ReadonlyMap<string, RegExp> = new Map([
  ['ca-certificates', /(?:)/],
  ['openssh-client', /\bgit@|\bssh:\/\/|\bssh\b|\bscp\b|type=ssh|known_hosts|\.ssh\b/],
  ['libc6-dev', /(?:)/],
  ['gcc', /\b(?:gcc|cc|cmake|go|CGO_ENABLED)\b/],
  ['g++', /\b(?:g\+\+|c\+\+|cmake|go)(?![\w+])/],
  ['make', /\b(?:make|cmake|cpanm?)\b/],
  ['pkg-config', /\b(?:pkg-config|go)\b/],
  ['build-essential', /\b(?:pip[\d.]*|npm|gem|bundle|make|gcc|g\+\+)(?![\w+-])/],
  ['python3-dev', /\bpip[\d.]*\b/],
  ['git', /\bgit\b/],
  ['patch', /\bpatch\b/],
  ['gnupg', /\bgpg2?\b|\bapt-key\b|\badd-apt-repository\b/],
  ['xauth', /\bxvfb-run\b|\bxauth\b|\bstartx\b/],
  ['ghostscript', /\bgs\b|pdf/i],
  ['libsasl2-modules', /\b(?:ldap|sasl|kafka|hive)/i],
  ['libldap-common', /\bldap/i],
  ['netbase', /\b(?:getservbyname|getprotobyname|rpcbind|inetd)\b/],
  ['curl', /\bcurl\b/],
  ['wget', /\bwget\b/],
  ['unzip', /\bunzip\b/],
  ['zip', /\bzip\b/],
  ['openssl', /\bopenssl\b/],
  ['rsync', /\brsync\b/],
  ['file', /\bfile\b/],
  ['libtool', /\blibtool(?:ize)?\b|\bautoreconf\b/],
  ['automake', /\bautomake\b|\baclocal\b|\bautoreconf\b/],
  ['dbus', /\bdbus-(?:daemon|launch|run-session|send)\b/],
  ['logrotate', /\blogrotate\b/],
  ['ssl-cert', /\bssl-cert\b|snakeoil/],
])

/** Whether a recommended package is needed in an image with this text; `false` as well where nobody can say. */
export function isMissed(recommended: string, text: string): boolean {
  return MISSED.get(recommended)?.test(text) ?? false
}

/** Packages that hold others under one name. */
const HOLDS: ReadonlyMap<string, string> = new Map([
  ['build-essential', 'gcc g++ make libc6-dev'],
  ['g++', 'gcc libc6-dev'],
  ['git-core', 'git'],
  ['gnupg2', 'gnupg'],
  ['gpg', 'gnupg'],
  ['ssh', 'openssh-client'],
  ['openssh-server', 'openssh-client'],
  ['pkgconf', 'pkg-config'],
  ['python3-all-dev', 'python3-dev'],
])

/** All that a list of packages holds, as far as other names for it are known. */
export function heldBy(names: Iterable<string>): ReadonlySet<string> {
  return new Set([...names].flatMap((name) => [name, ...(HOLDS.get(name)?.split(' ') ?? [])]))
}

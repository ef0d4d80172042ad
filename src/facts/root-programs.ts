/**
 * Programs and commands that tell whether a container can start as an ordinary user. The failures of the servers, cron,
 * sshd and gosu were seen on a Debian 12 engine; the rest is how these programs document themselves.
 */

/** Programs that must start as root, with the reason. Names as found on PATH. */
const ROOT_PROGRAMS: Readonly<Record<string, string>> = {
  nginx: 'the nginx master writes its pid, its caches and its logs where only root may',
  openresty: 'the nginx master writes its pid, its caches and its logs where only root may',
  apache2: 'Apache makes its run directory and opens its logs as root',
  apache2ctl: 'Apache makes its run directory and opens its logs as root',
  apachectl: 'Apache makes its run directory and opens its logs as root',
  httpd: 'Apache makes its run directory and opens its logs as root',
  'apache2-foreground': 'Apache makes its run directory and opens its logs as root',
  'httpd-foreground': 'Apache makes its run directory and opens its logs as root',
  'php-fpm': 'the PHP-FPM master starts as root and steps down for its workers',
  cron: 'cron needs root to write its pid file and to become the users it works for',
  crond: 'cron needs root to write its pid file and to become the users it works for',
  sshd: 'sshd needs root to become the users who log in',
  supervisord: 'supervisord writes its log, pid and socket in its directory and needs root to switch users',
  'runit-init': 'an init system needs root',
  runsvdir: 'an init system needs root',
  's6-svscan': 'an init system needs root',
  my_init: 'an init system needs root',
  init: 'an init system needs root',
  systemd: 'an init system needs root',
  dovecot: 'a mail server needs root to become its users',
  postfix: 'a mail server needs root to become its users',
  master: 'a mail server needs root to become its users',
  vsftpd: 'an FTP server needs root to become its users',
  named: 'a name server opens port 53 and steps down',
  dnsmasq: 'a name server opens port 53 and steps down',
  unbound: 'a name server opens port 53 and steps down',
  openvpn: 'it makes network devices',
  wg: 'it makes network devices',
  'wg-quick': 'it makes network devices',
  tailscaled: 'it makes network devices',
  'fail2ban-server': 'it changes the firewall',
  iptables: 'it changes the firewall',
  nft: 'it changes the firewall',
  dockerd: 'a container engine needs root',
  containerd: 'a container engine needs root',
  buildkitd: 'a container engine needs root',
  podman: 'a container engine needs root or its own setup',
  kubelet: 'it manages the host',
  tcpdump: 'it opens raw sockets',
  smbd: 'a file server needs root to become its users',
  nmbd: 'a file server needs root to become its users',
  slapd: 'a directory server opens its port and steps down',
  rsyslogd: 'it writes the system log',
  ntpd: 'it sets the clock',
  chronyd: 'it sets the clock',
  squid: 'the proxy starts as root and steps down',
  service: 'it starts system services',
  systemctl: 'it starts system services',
  'rc-service': 'it starts system services',
  mount: 'it mounts file systems',
  chroot: 'it changes the root directory',
}

/** Tools with which a script that starts as root steps down by itself. */
const STEP_DOWN = new Set([
  'gosu',
  'su-exec',
  'setpriv',
  'runuser',
  'su',
  's6-setuidgid',
  'chpst',
  'sudo',
  'start-stop-daemon',
  'setuidgid',
])

/** Commands an entrypoint can only run as root, whatever they are given. */
const ROOT_COMMANDS: Readonly<Record<string, string>> = {
  chown: 'changes owners',
  chgrp: 'changes owners',
  usermod: 'changes accounts',
  groupmod: 'changes accounts',
  useradd: 'changes accounts',
  groupadd: 'changes accounts',
  adduser: 'changes accounts',
  addgroup: 'changes accounts',
  deluser: 'changes accounts',
  passwd: 'changes accounts',
  chpasswd: 'changes accounts',
  'apt-get': 'installs packages',
  apt: 'installs packages',
  apk: 'installs packages',
  yum: 'installs packages',
  dnf: 'installs packages',
  microdnf: 'installs packages',
  dpkg: 'installs packages',
  'update-ca-certificates': 'changes the trusted certificates',
  'update-alternatives': 'changes the system',
  crontab: 'changes the schedule of cron',
  sysctl: 'changes the kernel',
  modprobe: 'changes the kernel',
  umount: 'mounts file systems',
  iptables: 'changes the firewall',
  ip: 'changes the network',
  tc: 'changes the network',
  ifconfig: 'changes the network',
  ldconfig: 'changes the linker cache',
  setcap: 'changes capabilities',
}

/** Why a program cannot start as an ordinary user, or `undefined` if nothing speaks against it. */
export function needsRoot(program: string, args: readonly string[]): string | undefined {
  const name = program.slice(program.lastIndexOf('/') + 1)
  // BusyBox has a small server of the same name, which takes other options.
  if (name === 'httpd' && args.some((arg) => /^-[fhpv]+$/.test(arg)) && !args.some((arg) => arg.startsWith('-D')))
    return undefined
  if (/^php-fpm[\d.]*$/.test(name)) return ROOT_PROGRAMS['php-fpm']
  if (program === '/init' || /^\/etc\/init\.d\//.test(program)) return ROOT_PROGRAMS.init
  return Object.hasOwn(ROOT_PROGRAMS, name) ? ROOT_PROGRAMS[name] : undefined
}

/** Commands that only show something unless an argument says what to change. */
const SHOWING: Readonly<Record<string, RegExp>> = {
  ip: /^(add|del|delete|set|change|replace|flush)$/,
  ifconfig: /^(up|down|add|del)$/,
  sysctl: /^-w|=/,
  crontab: /^[^-]|^-[^l]/,
}

/** What a command does that only root may, or `undefined`. */
export function rootOnly(command: string, args: readonly string[]): string | undefined {
  const name = command.slice(command.lastIndexOf('/') + 1)
  if (Object.hasOwn(SHOWING, name) && !args.some((arg) => SHOWING[name]!.test(arg))) return undefined
  return Object.hasOwn(ROOT_COMMANDS, name) ? ROOT_COMMANDS[name] : undefined
}

/** Whether a command is a tool for stepping down from root. */
export function stepsDown(command: string): boolean {
  return STEP_DOWN.has(command.slice(command.lastIndexOf('/') + 1))
}

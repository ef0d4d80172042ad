import type { Mount } from '../documents/compose.js'
import type { Evidence } from '../model.js'
import type { Consumer } from './consumer.js'

/** Capabilities that only mean something to root, and so say that the container is meant to be it. */
const ROOT_CAPABILITY = /^(CAP_)?(ALL|NET_ADMIN|SYS_\w+|NET_RAW|DAC_\w+|MKNOD|AUDIT_\w+|IPC_LOCK|PERFMON|BPF)$/i
/** Paths of the host that an ordinary user of a container can do nothing with. */
const HOST_PATH =
  /^\/(var\/run\/docker\.sock|run\/docker\.sock|run\/podman\/|proc|sys|dev|etc|var\/log|var\/lib\/docker|root)(\/|$)|^\/$|docker\.sock$/

/** Why the way an image is run forbids another user than root. `ports` are those the image exposes. */
export function* rootNeedsOfConsumer(consumer: Consumer, ports: readonly number[]): Iterable<Evidence> {
  const { by, at, service, user, mounts } = consumer
  if (by === 'github-action')
    yield { note: 'A GitHub action runs this image, and GitHub needs it to be root to share its workspace', at }
  if (by === 'fly' && mounts.length > 0)
    yield { note: 'Fly mounts a volume that root owns, so another user could not write it', at: mounts[0]!.at }
  if (user && /^(root|0+)(:|$)/.test(user.value)) yield { note: `It is run as ${user.value} on purpose`, at: user.at }
  for (const mount of mounts) {
    if (mount.source && HOST_PATH.test(mount.source) && !isClock(mount))
      yield { note: `It mounts ${mount.source} of the host, which only root may use`, at: mount.at }
  }
  const home = mounts.find(({ target }) => /^\/root(\/|$)/.test(target ?? ''))
  if (home)
    yield { note: `${home.source ?? 'A volume'} is mounted at ${home.target}, which only root may enter`, at: home.at }
  if (!service) return
  if (service.privileged?.value) yield { note: `The service ${service.name} is privileged`, at: service.privileged.at }
  for (const { value, at: place } of service.capAdd) {
    if (ROOT_CAPABILITY.test(value))
      yield { note: `The service ${service.name} is given ${value}, which only root can use`, at: place }
  }
  if (service.devices[0])
    yield { note: `The service ${service.name} uses devices of the host`, at: service.devices[0].at }
  if (service.pid?.value === 'host')
    yield { note: `The service ${service.name} sees the processes of the host`, at: service.pid.at }
  if (service.networkMode?.value === 'host' && (ports.length === 0 || ports.some((port) => port < 1024))) {
    yield {
      note: `The service ${service.name} is on the network of the host, where ports below 1024 need root`,
      at: service.networkMode.at,
    }
  }
}

/** `/etc/localtime` and the like, mounted to be read. */
function isClock({ source, readOnly }: Mount): boolean {
  return (
    /^\/etc\/(localtime|timezone|hosts|resolv\.conf|ssl(\/|$)|ca-certificates(\/|$)|pki(\/|$))/.test(source ?? '') &&
    (readOnly || /localtime|timezone/.test(source ?? ''))
  )
}

/** Whether a consumer already runs the image as somebody else. */
export function runsAsOrdinaryUser({ user }: Consumer): boolean {
  return user !== undefined && !/^(root|0+)(:|$)/.test(user.value) && user.value.trim() !== ''
}

/** The volumes of a consumer that outlive a container: named ones and writable directories of the host. */
export function lastingMounts({ mounts }: Consumer): readonly Mount[] {
  return mounts.filter(
    ({ type, readOnly, source, target }) =>
      (type === 'volume' || type === 'bind') &&
      !readOnly &&
      target &&
      !looksLikeFile(target) &&
      !/docker\.sock$/.test(source ?? ''),
  )
}

/** Directories of the repository that a consumer mounts over the program: a development set-up. */
export function sourceMounts(consumer: Consumer, workdir: string | undefined): readonly Mount[] {
  return lastingMounts(consumer).filter(
    ({ type, source, target }) =>
      type === 'bind' && /^\.{0,2}(\/|$)|^\$\{?PWD/.test(source ?? '') && target.replace(/(.)\/$/, '$1') === workdir,
  )
}

function looksLikeFile(path: string): boolean {
  return /\.\w{1,5}$/.test(path) && !/\.d$/.test(path)
}

/**
 * How git is called on strangers' repositories: an environment made from nothing, and options that outweigh whatever a
 * repository's own configuration says. The token is in the environment, which only this user may read, and in no argument.
 */
import type { GitSource } from '../repository.js'

/** What every call is given, before its subcommand. Options of a command line outweigh a repository's configuration. */
export const OPTIONS: readonly string[] = Object.entries({
  // Nothing that a repository or a template names is run.
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.pager': 'cat',
  'commit.gpgSign': 'false',
  'push.gpgSign': 'false',
  'credential.helper': '',
  'safe.bareRepository': 'explicit',
  // No work tree, and none of what makes bytes other than they are.
  'core.symlinks': 'false',
  'core.autocrlf': 'false',
  'core.protectNTFS': 'true',
  'core.protectHFS': 'true',
  'core.splitIndex': 'false',
  'core.untrackedCache': 'false',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'push.recurseSubmodules': 'no',
  // One transport (see `environment`), one host.
  'protocol.allow': 'never',
  'http.followRedirects': 'false',
  'transfer.credentialsInUrl': 'die',
  'transfer.bundleURI': 'false',
  'fetch.uriProtocols': '',
  // What is received is checked, but for the slips of old programs that many sound repositories hold.
  'transfer.fsckObjects': 'true',
  'fetch.fsckObjects': 'true',
  'fetch.fsck.zeroPaddedFilemode': 'ignore',
  'fetch.fsck.badTimezone': 'ignore',
  'fetch.fsck.missingSpaceBeforeDate': 'ignore',
  // Neither slow servers nor bombs: large files are streamed, and nothing is repacked behind our back.
  'http.lowSpeedLimit': '1000',
  'http.lowSpeedTime': '60',
  'core.bigFileThreshold': '1m',
  'core.packedGitLimit': '256m',
  'core.deltaBaseCacheLimit': '64m',
  'pack.windowMemory': '64m',
  'pack.threads': '1',
  'fetch.unpackLimit': '1',
  'fetch.negotiationAlgorithm': 'noop',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'advice.detachedHead': 'false',
}).flatMap(([key, value]) => ['-c', `${key}=${value}`])

/** What of our own environment git may see: where it is, and how this machine reaches the outside. */
const KEPT = [
  'PATH',
  'TMPDIR',
  'SYSTEMROOT',
  // Only for https: what goes to this machine takes no way round.
  'https_proxy',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]

/**
 * @param home a folder that does not exist
 * @param source missing where nothing is fetched or sent: then no transport is allowed, and there is no token
 */
export function environment(
  home: string,
  source: GitSource | undefined,
  ours: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = KEPT.flatMap((name) => (ours[name] === undefined ? [] : [[name, ours[name]] as const]))
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_CONFIG_HOME: home,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_SSH_COMMAND: '/bin/false',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_TRACE_REDACT: '1',
    // git dies rather than ask for more in one piece: the sizes that a pack names are a stranger's.
    GIT_ALLOC_LIMIT: '1g',
    // Outweighs every `protocol.*.allow`, also that of a repository's own configuration.
    GIT_ALLOW_PROTOCOL: source ? new URL(source.url).protocol.slice(0, -1) : 'none',
    ...(source?.authorization && {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${new URL(source.url).origin}/.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: ${source.authorization}`,
    }),
  }
}

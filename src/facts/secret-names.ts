/**
 * Which variables hold secrets, by their names and values. The names are those that BuildKit's check SecretsUsedInArgOrEnv
 * looks for (frontend/dockerfile/dockerfile2llb, `secretsRegexp`); the shapes of tokens are those their issuers document.
 */

const SECRET = /(^|_)(apikey|auth|credentials?|key|password|pword|passwd|secret|token)(_|$)/i
const NO_SECRET = /(^|_)(public|file|version)(_|$)/i
/** What frameworks send to every browser, and fingerprints of keys that are public. */
const OPEN =
  /^(next_public|nuxt_public|vite|react_app|public|expo_public|gatsby)_|gpg|pgp|apt|keyserver|fingerprint|key_ids?$/i

/** What issuers make their tokens look like. */
const TOKEN = new RegExp(
  [
    '\\bA(KIA|SIA)[0-9A-Z]{16}\\b',
    '\\bgh[pousr]_[A-Za-z0-9]{36}',
    '\\bgithub_pat_[A-Za-z0-9_]{22,}',
    '\\bglpat-[\\w-]{20}',
    '\\bxox[abprs]-[\\w-]{10,}',
    '\\b[sr]k_live_[A-Za-z0-9]{16,}',
    '\\bAIza[\\w-]{35}',
    '\\bnpm_[A-Za-z0-9]{36}\\b',
    '-----BEGIN [A-Z ]*PRIVATE KEY',
    '\\beyJ[\\w-]{8,}\\.eyJ[\\w-]{8,}\\.[\\w-]{8,}',
  ].join('|'),
)
/** A password in an address; one that a variable fills in is none. */
const IN_ADDRESS = /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s:@/"']{0,100}:[^\s:@/$"'{<]{1,200}@/i
/** An address of nothing but this machine, or one that only shows what addresses look like. */
const STAND_IN_ADDRESS = /:\/\/(user(name)?:pass(word)?|[^/]*@(localhost|127\.0\.0\.1|db\.example|example))\b/i
/** Values that are settings, places or names of programs, and no secrets. */
const SETTING =
  /^(true|false|yes|no|on|off|none|null|\d{1,4}|v?\d+(\.\d+)+\S*|[.~]?\/\S*|\S+\.(key|pem|crt|json|ya?ml|txt|php|conf)|[a-z]+:\/\/\S+|\.\w+)$/i
/** The fingerprint of a key, which is as public as the key. */
const FINGERPRINT = /^(0x)?[0-9A-F]{40}$/

/** What a variable gives away: a token of a known shape, what its name calls a secret, or nothing. */
export function secretIn(name: string, value: string): 'token' | 'named' | undefined {
  if (TOKEN.test(value)) return 'token'
  if (IN_ADDRESS.test(value)) return STAND_IN_ADDRESS.test(value) ? undefined : 'named'
  if (!SECRET.test(name) || NO_SECRET.test(name) || OPEN.test(name)) return undefined
  return value === '' || SETTING.test(value) || FINGERPRINT.test(value) ? undefined : 'named'
}

/** Whether a value says of itself that it stands for another one, which only run time knows. */
export function isStandIn(value: string): boolean {
  return /dummy|fake|place-?holder|not-?(a-?)?(real|secret)|change-?me|change-?it|insecure|build[-_]?(time|key|only)|collectstatic|for-?build|^(build|test|secret|ci|x+|temp|tmp|none|unused)$/i.test(
    value,
  )
}

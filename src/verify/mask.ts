import { secretIn } from '../facts/secret-names.js'

/** What looks like a secret by itself, whoever prints it. */
const SHAPES =
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|\bnpm_\w{30,}|\bsk_(live|test)_\w{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?/g

/** `https://user:password@host`. */
const LOGIN = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,200}:)[^\s/@]{1,200}@/gi

export type Mask = (text: string) => string

/** Hides secrets in what is shown: the values of variables with such names, and whatever looks like one. */
export function maskOf(variables: Iterable<readonly [string, string]>): Mask {
  const values = [...variables].flatMap(([name, value]) => (value.length >= 6 && secretIn(name, value) ? [value] : []))
  // The longest first, so that no part of one is left behind another.
  const known = [...new Set(values)].sort((a, b) => b.length - a.length)
  return (text) =>
    known
      .reduce((shown, value) => shown.replaceAll(value, '***'), text)
      .replace(SHAPES, '***')
      .replace(LOGIN, '$1***@')
}

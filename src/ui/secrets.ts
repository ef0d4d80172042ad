import { secretIn } from '../facts/secret-names.js'

/** `NAME=value`, `NAME: value` and `"NAME": "value"`. */
const ASSIGNED = /\b(\w{1,100})["']?[ \t]?[=:][ \t]?("[^"\n]*"|'[^'\n]*'|[^\s"']+)/g
const OLD_FORM = /^([ \t]*ENV[ \t]+)(\w{1,100})[ \t]+([^\s=].*)$/gim
/** Words that may be a token, or an address with a password, by themselves. */
const WORD = /[^\s"']{12,}/g
/** A line of a key or a certificate, which holds nothing else. */
const KEY_MATERIAL = /^[ \t]*[A-Za-z\d+/]{60,}={0,2}[ \t]*\r?$/gm

/** The text with the values of secrets turned into stars; every offset stays what it is. */
export function withoutSecrets(text: string): string {
  const stars = (whole: string, name: string, value: string) =>
    secretIn(name, value.replace(/^(["'])(.*)\1$/, '$2'))
      ? whole.slice(0, whole.length - value.length) + '*'.repeat(value.length)
      : whole
  return text
    .replace(ASSIGNED, stars)
    .replace(OLD_FORM, (whole, _, name: string, value: string) => stars(whole, name, value))
    .replace(WORD, (word) => (secretIn('', word) ? '*'.repeat(word.length) : word))
    .replace(KEY_MATERIAL, (line) => line.replace(/[^\s]/g, '*'))
}

/** What every forge's answers are made of, as it is read. */
import * as v from 'valibot'

export const OBJECT_ID = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/))

export const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** What numbers start with: ids of a forge, and pull requests. */
export const NUMBER = v.pipe(COUNT, v.minValue(1))

/** One part of a repository's name. Nothing that means another place in an address or a path. */
const SEGMENT = String.raw`(?!\.{1,2}(?:/|$))[\w.-]{1,255}`

/** Owner and name. */
export const FULL_NAME = v.pipe(v.string(), v.regex(new RegExp(`^${SEGMENT}/${SEGMENT}$`)))

/** Name below one or several groups: GitLab allows 20 of them. */
export const PATH_NAME = v.pipe(v.string(), v.regex(new RegExp(`^${SEGMENT}(?:/${SEGMENT}){1,20}$`)))

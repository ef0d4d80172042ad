/**
 * Base images made on the spot. Where no registry can be pulled from, the names in a Dockerfile or a Compose file still
 * have to mean something: each recipe builds an image under the real name that has the real image's accounts, paths and
 * tools as far as the proofs need them. They are stand-ins and their labels say so; an image of that name which is not ours
 * (one somebody pulled) is used as it is and never replaced. Built once per host, rebuilt when what they are made of
 * changes.
 */
import { createHash } from 'node:crypto'
import { docker, type Engine, inspect } from './engine.js'
import { alone } from './lock.js'
import { COMPILED } from './recipes/compiled.js'
import { debian } from './recipes/debian.js'
import { LANGUAGES } from './recipes/languages.js'
import { DEBIAN, type Recipe } from './recipes/recipe.js'
import { SERVICES } from './recipes/services.js'
import { WEB } from './recipes/web.js'

/** Which image a stand-in replaces. */
const STAND_IN_LABEL = 'harden.stand-in'
/** The hash of everything the stand-in was made of. */
const RECIPE_LABEL = 'harden.stand-in.recipe'

const RECIPES: Readonly<Record<string, Recipe>> = {
  [DEBIAN]: debian,
  ...LANGUAGES,
  ...COMPILED,
  ...WEB,
  ...SERVICES,
}

/** The names of the images that can be made here. */
export const STAND_INS: readonly string[] = Object.keys(RECIPES)

/** What became of one base image. */
interface BaseImage {
  readonly tag: string
  /** `own`: an image of that name was there already and is not one of our stand-ins. */
  readonly kind: 'stand-in' | 'own'
  readonly built: boolean
  readonly seconds: number
}

async function ensureOne(engine: Engine, tag: string): Promise<{ image: BaseImage; identity: string }[]> {
  const recipe = RECIPES[tag]
  if (!recipe) throw new Error(`no stand-in recipe for ${tag}: add one to test/proving/recipes`)
  const bases = recipe.base ? await ensureOne(engine, recipe.base) : []
  const present = await inspect(engine, 'image', tag)
  if (present && present.Config.Labels?.[STAND_IN_LABEL] === undefined) {
    return [...bases, { image: { tag, kind: 'own', built: false, seconds: 0 }, identity: present.Id }]
  }
  const hash = createHash('sha256')
  for (const part of [bases.at(-1)?.identity ?? '', ...(await recipe.ingredients())]) hash.update(part).update('\0')
  const identity = hash.digest('hex')
  if (present?.Config.Labels?.[RECIPE_LABEL] === identity) {
    return [...bases, { image: { tag, kind: 'stand-in', built: false, seconds: 0 }, identity }]
  }
  const began = performance.now()
  await recipe.make(engine, tag, { [STAND_IN_LABEL]: tag, [RECIPE_LABEL]: identity })
  // The image this one replaces has lost its name; it stays only as long as something is built on it.
  if (present) await docker(engine, ['image', 'rm', present.Id]).catch(() => {})
  const seconds = Math.round((performance.now() - began) / 1000)
  return [...bases, { image: { tag, kind: 'stand-in', built: true, seconds }, identity }]
}

/** How the report of a run speaks of a base image. */
function spoken({ tag, kind, built, seconds }: BaseImage): string {
  if (kind === 'own') return `${tag}: the image found here`
  return `${tag}: a stand-in, ${RECIPES[tag]?.contents}${built ? ` (built in ${seconds} s)` : ''}`
}

/**
 * Sees to it that every one of these base images exists, building the stand-ins that are missing or out of date, and says
 * what each of them is. Several test files ask at the same time: the first one builds, the others find it built.
 */
export async function ensureBaseImages(engine: Engine, tags: readonly string[]): Promise<void> {
  await alone('harden-stand-ins', async () => {
    const images = new Map<string, BaseImage>()
    for (const tag of tags) {
      for (const { image } of await ensureOne(engine, tag))
        if (!images.get(image.tag)?.built) images.set(image.tag, image)
    }
    for (const image of images.values()) console.info(spoken(image))
  })
}

import type { Instruction } from '../documents/dockerfile.js'
import { textOf } from '../edits.js'
import { FILE_SERVER } from '../facts/node-builds.js'
import type { Path, TextEdit } from '../model.js'
import { inside } from '../relations/ignored-files.js'
import type { NodeStage } from '../relations/node-stages.js'
import { folderOf } from '../relations/paths.js'
import type { StaticSite } from '../relations/static-sites.js'

/**
 * The stage of nginx that serves built pages on the port they have had. `before` is what stands in front of it; what of
 * that says something of the image is said again.
 */
export function fileServerLines(
  { source, workdir, image }: NodeStage,
  { output, port }: StaticSite,
  before: readonly Instruction[],
  build: string,
): readonly string[] {
  const path = serverFileOf(source.manifest.file.path)
  const inContext = source.context === '.' ? path : path.slice(source.context.length + 1)
  const isExposed = image.stage.instructions.some(({ keyword, index }) => keyword === 'EXPOSE' && index > last(before))
  return [
    ...before.filter(({ keyword }) => keyword === 'LABEL').map((label) => textOf(image.document, label)),
    `COPY ${inContext} ${FILE_SERVER.conf}`,
    `COPY --from=${build} ${workdir.replace(/\/$/, '')}/${output} ${FILE_SERVER.html}`,
    ...(isExposed ? [] : [`EXPOSE ${port}`]),
  ]
}

function last(instructions: readonly Instruction[]): number {
  return instructions.at(-1)?.index ?? 0
}

/** Where the description of the server goes: beside the manifest. */
export function serverFileOf(manifest: Path): Path {
  return inside(folderOf(manifest), 'nginx.conf')
}

/** Makes the description of the server. */
export function describeServer({ source }: NodeStage, { port, fallsBack }: StaticSite): TextEdit {
  const last = fallsBack ? '/index.html' : '$uri.html =404'
  const text = `server {
    listen ${port};
    root ${FILE_SERVER.html};

    location / {
        try_files $uri $uri/ ${last};
    }
}
`
  return { path: serverFileOf(source.manifest.file.path), start: 0, end: 0, text }
}

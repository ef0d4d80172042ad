import { escaped, escapedSource } from '../escape.js'
import { labelled, wrap } from './layout.js'
import { type Look, proseWidth } from './look.js'

/** Markdown as a terminal can show it: headings, paragraphs, lists and code, wrapped. */
export function markdown(text: string, look: Look): readonly string[] {
  const { bold, cyan } = look.colors
  const width = proseWidth(look)
  const lines: string[] = []
  let isCode = false
  for (const block of paragraphs(text)) {
    if (/^(```|~~~)/.test(block)) isCode = !isCode
    else if (isCode) lines.push(`    ${cyan(escapedSource(block))}`)
    else if (/^#+ /.test(block)) lines.push(bold(escaped(block.replace(/^#+ /, ''))))
    else if (/^\s*[-*] /.test(block))
      lines.push(...labelled('- ', inline(block.replace(/^\s*[-*] /, ''), look), 2, width))
    else lines.push(...wrap(inline(block, look), width))
  }
  return lines
}

/** One entry per paragraph, list item, heading, line of code or empty line. */
function paragraphs(text: string): readonly string[] {
  const blocks: string[] = []
  let isCode = false
  let isOpen = false
  for (const line of text.trim().split('\n')) {
    const isFence = /^(```|~~~)/.test(line)
    const startsBlock = isCode || isFence || line.trim() === '' || /^(#+ |\s*[-*] )/.test(line)
    if (startsBlock || !isOpen) blocks.push(isCode || isFence ? line : line.trimEnd())
    else blocks.push(`${blocks.pop()} ${line.trim()}`)
    if (isFence) isCode = !isCode
    isOpen = !isCode && !isFence && line.trim() !== '' && !/^#+ /.test(line)
  }
  return blocks
}

function inline(text: string, look: Look): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, (_, code: string) => look.colors.cyan(code))
    .replace(/\*\*([^*]+)\*\*/g, (_, strong: string) => look.colors.bold(strong))
}

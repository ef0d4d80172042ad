/** The largest file whose libraries are looked up, in bytes. */
export const LARGEST_ELF = 128 << 20

/** Enough of a file to tell whether it is worth reading. */
export function isElf(head: Buffer): boolean {
  return head.length >= 4 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46
}

const PT_LOAD = 1
const PT_DYNAMIC = 2
const DT_NEEDED = 1
const DT_STRTAB = 5
/** A real program names a few dozen libraries; more is somebody's attempt to keep us busy. */
const MOST_ENTRIES = 4096

interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly size: number
}

/** The names of the shared libraries a program or library asks for; none if it is static or cannot be read. */
export function neededLibraries(file: Buffer): readonly string[] {
  try {
    return isElf(file) ? read(file) : []
  } catch {
    // An offset that leads out of the file: whatever this is, the loader would not take it either.
    return []
  }
}

function read(file: Buffer): readonly string[] {
  const wide = file[4] === 2
  const little = file[5] === 1
  const half = (at: number) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at))
  const word = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at))
  const address = (at: number) =>
    wide ? Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at)) : word(at)

  const table = address(wide ? 32 : 28)
  const entrySize = half(wide ? 54 : 42)
  const count = Math.min(half(wide ? 56 : 44), 256)
  const segments = Array.from({ length: count }, (_, i): Segment => {
    const at = table + i * entrySize
    return wide
      ? { type: word(at), offset: address(at + 8), address: address(at + 16), size: address(at + 32) }
      : { type: word(at), offset: word(at + 4), address: word(at + 8), size: word(at + 16) }
  })
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  if (!dynamic) return []

  const step = wide ? 16 : 8
  const entries = Math.min(Math.floor(dynamic.size / step), MOST_ENTRIES)
  const names: number[] = []
  let strings: number | undefined
  for (let i = 0; i < entries; i++) {
    const at = dynamic.offset + i * step
    const tag = address(at)
    if (tag === 0) break
    if (tag === DT_NEEDED) names.push(address(at + step / 2))
    if (tag === DT_STRTAB) strings = address(at + step / 2)
  }
  const home = segments.find(
    (segment) =>
      segment.type === PT_LOAD &&
      strings !== undefined &&
      strings >= segment.address &&
      strings < segment.address + segment.size,
  )
  if (!home || strings === undefined) return []
  const start = home.offset + (strings - home.address)
  return names.map((offset) => {
    const end = file.indexOf(0, start + offset)
    return file.toString('latin1', start + offset, Math.min(end, start + offset + 255))
  })
}

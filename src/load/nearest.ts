/** ` Did you mean …?` if one of the words is near, else nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const near = nearest(word.toLowerCase(), words)
  return near === undefined ? '' : ` Did you mean ${near}?`
}

function nearest(word: string, words: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3))
  const ranked = words
    .map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .filter(({ candidate, far }) => far <= limit && far < candidate.length)
  return ranked.sort((a, b) => a.far - b.far)[0]?.candidate
}

/** How many letters must be added, taken away or changed to make one word of the other. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > Math.max(2, a.length / 3)) return Number.POSITIVE_INFINITY
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

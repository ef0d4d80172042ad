import { defineConfig } from 'vitest/config'

export default defineConfig({
  // One file after the other: the proofs share an engine, and look at what is left on it.
  // Style sheets are text here, and are not emptied.
  test: { include: ['test/**/*.test.ts'], css: true, testTimeout: 30_000, hookTimeout: 60_000, fileParallelism: false },
})

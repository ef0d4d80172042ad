import { defineConfig } from 'vitest/config'

export default defineConfig({
  // One file after the other: the proofs share an engine, and look at what is left on it.
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000, fileParallelism: false },
})

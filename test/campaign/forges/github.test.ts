import { githubForge } from '../../../src/campaign/forges/github.js'
import { itConforms } from './conformance.js'
import { startGithub } from './github-fake.js'

itConforms({
  name: 'GitHub',
  start: (repositories) => startGithub({ repositories }),
  adapter: githubForge,
  opening: /^POST .*\/pulls$/,
  reviewer: 'alice',
})

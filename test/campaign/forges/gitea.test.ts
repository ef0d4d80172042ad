import { giteaForge } from '../../../src/campaign/forges/gitea.js'
import { itConforms } from './conformance.js'
import { startGitea } from './gitea-fake.js'

itConforms({
  name: 'Gitea',
  start: (repositories) => startGitea({ repositories }),
  adapter: giteaForge,
  opening: /^POST .*\/pulls$/,
  reviewer: 'alice',
})

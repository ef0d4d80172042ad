import { gitlabForge } from '../../../src/campaign/forges/gitlab.js'
import { itConforms } from './conformance.js'
import { startGitlab } from './gitlab-fake.js'

itConforms({
  name: 'GitLab',
  start: (repositories) => startGitlab({ repositories }),
  adapter: gitlabForge,
  opening: /^POST .*\/merge_requests$/,
  reviewer: 'alice',
})

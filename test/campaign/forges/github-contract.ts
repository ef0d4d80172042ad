import { contractOf } from './contract.js'

/** Where a repository that was renamed is found: the address in GitHub's 301, and the answer is that of `repos/get`. */
const BY_NUMBER = /^\/repositories\/\d+$/

/** GitHub's own OpenAPI description, reduced by `scripts/github-openapi.js`, as a judge. */
export const description = contractOf({
  file: 'github.openapi.json',
  // A reference and the path of a file have several segments.
  deep: ['ref', 'path'],
  // https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
  fault: { $ref: '#/components/schemas/basic-error' },
  // GitHub's answers are known to hold what it does not describe.
  mayAnswerMore: true,
  describedAs: (path) => (BY_NUMBER.test(path) ? '/repos/acme/shop' : path),
})

import { describe, expect, it } from 'vitest'
import { OWNER_FILES, ownersOf } from '../../../src/campaign/plan/codeowners.js'

/** The example of GitHub's documentation, with its own explanations as the expectation. */
const GITHUB = `
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com @docs-direct
apps/ @octocat
/docs/ @doctocat2
/scripts/ @doctocat @octocat
**/logs @log-owner
/apps/github
/apps/github/deep @doctocat3
`

describe('code owners on GitHub', () => {
  it.each([
    ['README.md', ['global-owner1', 'global-owner2']],
    ['src/a/b.js', ['js-owner']],
    ['main.go', []],
    ['a/notes.txt', ['octo-org/octocats']],
    ['build/logs/today/x', ['log-owner']],
    ['scripts/deploy/logs/x', ['log-owner']],
    ['scripts/run', ['doctocat', 'octocat']],
    ['x/apps/main', ['octocat']],
    ['docs/deep/x.md', ['doctocat2']],
    ['apps/main', ['octocat']],
    ['apps/github', []],
    ['apps/github/x', []],
    ['apps/github/deep/x', ['doctocat3']],
  ])('of %s are %j: the last line that fits counts', (path, owners) => {
    expect(ownersOf([path], GITHUB, 'github')).toEqual(owners)
  })

  it('tells a folder from what lies deeper in it', () => {
    const text = '* @all\ndocs/* @direct\n'
    expect(ownersOf(['docs/a.md'], text, 'github')).toEqual(['direct'])
    expect(ownersOf(['docs/a/b.md'], text, 'github')).toEqual(['all'])
    expect(ownersOf(['sub/docs/a.md'], text, 'github')).toEqual(['all'])
  })

  it('leaves out lines with what GitHub does not know, and owners that are none', () => {
    const text = '* @all\n!Dockerfile @not\nDockerfil[e] @set\n\\#x @hash\n*.yml @a/b/c @../x @-x ada@example.com @ok\n'
    expect(ownersOf(['Dockerfile', '#x'], text, 'github')).toEqual(['all'])
    expect(ownersOf(['a.yml'], text, 'github')).toEqual(['ok'])
  })

  it('reads names with spaces, upper and lower case and Windows lines', () => {
    const text = 'a\\ b/ @spaced\r\nDockerfile @upper\r\n'
    expect(ownersOf(['a b/x', 'Dockerfile'], text, 'github')).toEqual(['spaced', 'upper'])
    expect(ownersOf(['dockerfile'], text, 'github')).toEqual([])
  })

  it('are asked once, and no more than GitHub asks at once', () => {
    const many = Array.from({ length: 40 }, (_, i) => `@u${i}`).join(' ')
    expect(ownersOf(['a', 'b'], `* @x @x\n`, 'github')).toEqual(['x'])
    expect(ownersOf(['a'], `* ${many}`, 'github')).toHaveLength(15)
  })

  it('take no longer for a hostile pattern', () => {
    const text = `${'**/*a'.repeat(2000)} @x\n${'*'.repeat(5000)}b @x\n${'\\'.repeat(5000)} @x\n`
    expect(ownersOf([`${'a/'.repeat(500)}c`], text, 'github')).toEqual([])
  })
})

describe('code owners on GitLab', () => {
  const text = `
* @default
[Documentation][2] @doc-default
docs/
README.md @writer
^[Optional] @someone
*.rb
[documentation]
docs/special.md @special @@maintainer @group/sub
[Excluding] @team
*
!generated/
`
  it.each([
    ['app.rb', ['default', 'someone', 'team']],
    ['docs/a.md', ['default', 'doc-default', 'team']],
    ['docs/special.md', ['default', 'special', 'team']],
    ['sub/README.md', ['default', 'writer', 'team']],
    ['generated/x', ['default']],
  ])('of %s are %j: the last of each section', (path, owners) => {
    expect(ownersOf([path], text, 'gitlab')).toEqual(owners)
  })

  it('matches a folder only with a slash behind it', () => {
    expect(ownersOf(['lib/x'], 'lib @a\n', 'gitlab')).toEqual([])
    expect(ownersOf(['a/lib/x'], 'lib/ @a\n', 'gitlab')).toEqual(['a'])
    expect(ownersOf(['a/config/x'], '/config/ @a\n', 'gitlab')).toEqual([])
    expect(ownersOf(['docs/x', 'docs/a/x'], '/docs/* @a\n', 'gitlab')).toEqual(['a'])
    expect(ownersOf(['docs/a/x'], '/docs/* @a\n', 'gitlab')).toEqual([])
    expect(ownersOf(['docs/a/x.md'], '/docs/**/*.md @a\n', 'gitlab')).toEqual(['a'])
  })
})

it('Gitea asks by itself, in a language of its own', () => {
  expect(OWNER_FILES.gitea).toEqual([])
  expect(OWNER_FILES.github).toHaveLength(3)
})

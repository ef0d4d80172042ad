// Makes three small git repositories, and a campaign over them, in a folder that does not exist yet:
//   node examples/campaign/make.js three
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const SAMPLES = {
  guestbook: 'apps/flask-guestbook',
  notes: 'apps/express-notes',
  shop: 'django-shop',
}

const [folder] = process.argv.slice(2)
if (!folder) {
  console.error('Say in which new folder to make them: node examples/campaign/make.js three')
  process.exit(2)
}

mkdirSync(folder)
for (const [name, sample] of Object.entries(SAMPLES)) {
  const repository = join(resolve(folder), name)
  cpSync(join(import.meta.dirname, '..', sample), repository, { recursive: true })
  const git = (...words) => execFileSync('git', ['-C', repository, ...words])
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('-c', 'user.name=You', '-c', 'user.email=you@example.com', 'commit', '--quiet', '--message=Begin')
}
writeFileSync(
  join(folder, 'campaign.yml'),
  `name: Run as ordinary users
level: review
repositories:
${Object.keys(SAMPLES)
  .map((name) => `  - ./${name}\n`)
  .join('')}`,
)
console.log(`Three repositories and a campaign.yml are in ${folder}.`)

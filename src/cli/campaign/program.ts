import { type Command, InvalidArgumentError, Option } from 'commander'
import { list, NO_COLOR, place, run } from '../declare.js'
import type { PlanOptions } from './plan.js'
import type { ReviewOptions } from './review.js'

/** Declares what can be done with a campaign. Loaded only when the word is on the command line. */
export function declareCampaign(campaign: Command): void {
  campaign.addHelpText('after', EXAMPLES)

  place(campaign.command('plan').description('plan many repositories without touching any'))
    .argument('[file]', 'what the campaign is (default: campaign.yml, if there is one and no --repo)')
    .option(
      '--repo <repository...>',
      'these repositories instead of those in the file: addresses, owner/name, or paths',
    )
    .requiredOption('--out <dir>', 'the folder that the plan is written to')
    .option('--only <id,...>', 'run only these transforms', list)
    .option('--skip <id,...>', 'leave these transforms out', list)
    .option('--review', 'plan fixes as well that want a look')
    .option('--verify', 'build and start before and after, leave out what breaks')
    .option('--concurrency <number>', 'repositories at a time (default: as many as there are cores)', count)
    .option('--limit <number>', 'take at most this many repositories', count)
    .addOption(new Option('--format <name>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'no remarks on the way')
    .action((file: string | undefined, options: PlanOptions) =>
      run(async () => (await import('./plan.js')).planCampaign(file, options)),
    )

  place(campaign.command('review').description('go through the plan of a campaign, fix by fix'))
    .argument('<dir>', 'the folder of the plan')
    .option('--decisions <file>', 'do what a review has decided before, without asking')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'no remarks on the way')
    .addHelpText('after', REVIEW)
    .action((folder: string, options: ReviewOptions) =>
      run(async () => (await import('./review.js')).reviewCampaign(folder, options)),
    )
}

const REVIEW = `
Every answer is kept in decisions.json in the folder, and taken up by the next
review, also of a newer plan: a yes counts as long as it would change the same
words into the same words. The plan stays as it is until the review is ended
with y; then it holds exactly what was accepted.

Exit codes: 0 reviewed, 1 some of it could not be (it says what), 2 could not
run, 130 interrupted: the plan is as it was.`

const EXAMPLES = `
Examples:
  harden campaign plan --repo ./shop ./api --out plan   plan two folders of this machine
  harden campaign plan campaign.yml --out plan          plan what the file says
  harden campaign plan --repo acme/shop --out plan      plan one repository of github.com

A plan is a folder: look at its summary.md or review.html. Nothing outside it is
changed. Tokens are read from the environment: GH_TOKEN or GITHUB_TOKEN,
GITLAB_TOKEN, CODEBERG_TOKEN, GITEA_TOKEN, or what the file names.

Exit codes: 0 every repository was planned, 1 some could not be (the plan says
why), 2 could not run, 130 interrupted. With 2 and 130 nothing was written.`

/** A whole number from 1. */
function count(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(value)
}

import { type Command, InvalidArgumentError, Option } from 'commander'
import { list, NO_COLOR, place, run } from '../declare.js'
import type { ApplyOptions } from './apply.js'
import type { CloseOptions } from './close.js'
import type { PlanOptions } from './plan.js'
import type { RefreshOptions } from './refresh.js'
import type { ReviewOptions } from './review.js'
import type { StatusOptions } from './status.js'
import type { WorkerOptions } from './worker.js'

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
    .addOption(new Option('--queue <url>', QUEUE).conflicts(['verify', 'concurrency']))
    .option('--limit <number>', 'take at most this many repositories', count)
    .addOption(new Option('--format <name>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'no remarks on the way')
    .action((file: string | undefined, options: PlanOptions) =>
      run(async () => (await import('./plan.js')).planCampaign(file, options)),
    )

  publishing(campaign.command('review').description('go through a plan, fix by fix; it then holds what was accepted'))
    .option('--decisions <file>', 'do what a review has decided before, without asking')
    .addHelpText('after', REVIEW)
    .action((dir: string, options: ReviewOptions) =>
      run(async () => (await import('./review.js')).reviewCampaign(dir, options)),
    )

  publishing(campaign.command('apply').description('open exactly what a plan holds as pull requests'))
    .option('--yes', 'open without asking')
    .option('--max-prs <number>', 'open at most this many pull requests', count)
    .option('--reopen', 'open again what a person has closed')
    .addOption(new Option('--queue <url>', QUEUE).conflicts('maxPrs'))
    .option('--plan <hash>', 'only if the plan has this hash, or one that begins so (12 digits or more)')
    .action((dir: string, options: ApplyOptions) =>
      run(async () => (await import('./apply.js')).applyPlan(dir, options)),
    )

  publishing(campaign.command('status').description('say where every pull request stands; changes nothing'))
    .addOption(new Option('--format <name>', 'how to print').choices(['text', 'json', 'markdown']).default('text'))
    .action((dir: string, options: StatusOptions) =>
      run(async () => (await import('./status.js')).campaignStatus(dir, options)),
    )

  publishing(campaign.command('refresh').description('plan anew what is open or stale, and update it'))
    .option('--yes', 'update without asking')
    .action((dir: string, options: RefreshOptions) =>
      run(async () => (await import('./refresh.js')).refreshPlan(dir, options)),
    )

  publishing(campaign.command('close').description('close the pull requests of a campaign, with a comment'))
    .option('--yes', 'close without asking')
    .option('--delete-branches', 'delete their branches, unless somebody else has worked on them')
    .action((dir: string, options: CloseOptions) =>
      run(async () => (await import('./close.js')).closePlan(dir, options)),
    )

  place(campaign.command('worker').description('plan and publish what a queue holds, until it is stopped'))
    .argument('[file]', 'a campaign file: the forges it declares, and no more of it')
    .requiredOption('--queue <url>', 'redis://, rediss:// or postgres://')
    .option('--concurrency <number>', 'repositories that are planned at a time', count, 2)
    .option('--lease <seconds>', 'how long a job stays with a worker that is not heard of', count, 30)
    .option('--quiet', 'no remarks on the way')
    .action((file: string | undefined, options: WorkerOptions) =>
      run(async () => (await import('./worker.js')).work(file, options)),
    )
}

const QUEUE = 'let workers do it: redis://, rediss:// or postgres://'
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

/** What every command takes that goes by a plan to the forges. */
function publishing(command: Command): Command {
  return place(command)
    .argument('<dir>', 'the folder of a plan')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'no remarks on the way')
}

/** A whole number from 1. */
function count(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(value)
}

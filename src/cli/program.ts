import { Command, Option } from 'commander'
import { list, NO_COLOR, place, run } from './declare.js'
import type { InitOptions } from './init.js'
import type { CatalogueOptions, ListOptions } from './list.js'
import { type CommonOptions, type FixOptions, FORMATS } from './options.js'
import type { UndoOptions } from './undo.js'
import type { VerifyOptions } from './verify.js'
import { version } from './version.js'

/**
 * The command line. What a command does is loaded when it runs; how campaigns are spelled, only if one may be meant.
 * @param words Those of the command line.
 */
export async function program(words: readonly string[]): Promise<Command> {
  const harden = new Command('harden')
    .description('Repairs weak Dockerfiles, Compose files and Python requirements in place, byte by byte.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXAMPLES)

  common(harden.command('check').description('report findings, change nothing'), 'diff shows what --yes would change')
    .argument('[path...]', PATHS)
    .action((paths: string[], options: CommonOptions) =>
      run(async () => (await import('./check.js')).check(paths, options)),
    )

  common(
    harden.command('fix').description('plan fixes, show them, ask, and apply them'),
    'default text, with --dry-run diff',
  )
    .argument('[path...]', PATHS)
    .addOption(new Option('--dry-run', 'print the patch, change nothing').conflicts('yes'))
    .option('--yes', 'apply without asking: every safe fix')
    .option('--review', 'let fixes through as well that want a look')
    .addOption(new Option('-i, --interactive', 'review one fix at a time, with its diff').conflicts(['yes', 'dryRun']))
    .addOption(new Option('--resume', 'go on with a review that was kept for later').conflicts(['yes', 'dryRun']))
    .addOption(
      new Option('--verify', 'build and start before and after, leave out what breaks').conflicts([
        'interactive',
        'resume',
      ]),
    )
    .option('--only-finding <id,...>', 'only the findings with these ids', list)
    .action((paths: string[], options: FixOptions) =>
      run(async () =>
        options.interactive || options.resume
          ? (await import('./review.js')).review(paths, options)
          : (await import('./fix.js')).fix(paths, options),
      ),
    )

  place(harden.command('verify').description('build and start before and after, and compare'))
    .argument('[path...]', PATHS)
    .option('--base <revision>', 'what the working tree is compared with', 'HEAD')
    .addOption(new Option('--format <name>', 'how to print').choices(['text', 'json', 'markdown']).default('text'))
    .option('--config <file>', 'read this configuration instead of .harden.yml')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'no remarks on the way')
    .action((paths: string[], options: VerifyOptions) =>
      run(async () => (await import('./verify.js')).verify(paths, options)),
    )

  place(harden.command('undo').description('take back the last fix, unless one of its files changed since'))
    .option('--no-color', NO_COLOR)
    .action((options: UndoOptions) => run(async () => (await import('./undo.js')).undo(options)))

  catalogue(harden.command('list').description('list all transforms'))
    .addOption(new Option('--format <name>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--quiet', 'ids only')
    .action((options: ListOptions) => run(async () => (await import('./list.js')).list(options)))

  catalogue(harden.command('explain').description('explain one transform: why, what it does, when it keeps quiet'))
    .argument('<id>', 'a transform')
    .action((id: string, options: CatalogueOptions) =>
      run(async () => (await import('./explain.js')).explain(id, options)),
    )

  place(harden.command('init').description('write a commented .harden.yml and show how to run harden in CI'))
    .option('--quiet', 'write the file only')
    .action((options: InitOptions) => run(async () => (await import('./init.js')).init(options)))

  const campaign = harden
    .command('campaign')
    .description('the same across many repositories: plan, review, open as pull requests')
  if (words.includes('campaign')) (await import('./campaign/program.js')).declareCampaign(campaign)

  return harden
}

const PATHS = 'directories or files of one project (default: this directory)'

const EXAMPLES = `
Examples:
  harden check                       report what is weak in this project
  harden check services/api          only there
  harden fix                         show the plan, ask, apply
  harden fix --interactive           review one fix at a time
  harden fix --dry-run | git apply   apply the safe fixes as a patch
  harden fix --yes --review          apply all fixes unasked
  harden fix --yes --review --verify the same, once a build and a start have proved it
  harden verify                      prove what the working tree changed
  harden explain non-root-user       why, and when it is safe

Paths are printed as seen from where harden runs; in patches, JSON, SARIF and
annotations as seen from the top of the repository.

Exit codes: 0 nothing left to do, 1 findings left, 2 could not run, 130 interrupted.`

function common(command: Command, format: string): Command {
  return catalogue(command)
    .option('--only <id,...>', 'run only these transforms', list)
    .option('--skip <id,...>', 'leave these transforms out', list)
    .addOption(new Option('--format <name>', `how to print (${format})`).choices(FORMATS))
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 only if something at least this bad is left')
        .choices(['high', 'medium', 'low', 'never'])
        .default('low'),
    )
    .option('--online', 'ask image registries what tags mean today')
    .option('--quiet', 'one line per finding, no remarks')
}

/** What every command takes that reads a configuration. */
function catalogue(command: Command): Command {
  return place(command)
    .option('--config <file>', 'read this configuration instead of .harden.yml')
    .option('--no-color', NO_COLOR)
}

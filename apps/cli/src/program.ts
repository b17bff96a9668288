import { nearest, printable, SyncError, toSyncError } from '@regfleet/model';
import { interruptionOf } from '@regfleet/runtime';
import { Command, CommanderError, Option } from 'commander';
import { addCompletionCommand } from './commands/completion.ts';
import { COMMANDS } from './commands/index.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import {
  DREGSY_SYNOPSIS,
  DREGSY_USAGE,
  type DregsyCall,
  dregsyCall,
  withoutDregsyFlags,
} from './dregsy-flags.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { InvalidConfig } from './invalid-config.ts';
import { formatError } from './output/errors.ts';
import { HELP } from './output/help.ts';
import { formatIssues } from './output/issues.ts';
import type { Terminal } from './terminal.ts';
import { isDebugging, terminalAt } from './verbosity.ts';

const EXIT_CODES = `
Exit codes:
  0   done
  1   failed, and repeating cannot help
  2   the config or the command line is wrong
  3   plan --exit-code: something would be copied
  75  failed for a reason that may pass: network, Redis, a registry's limits
  129, 130, 143  stopped by SIGHUP, SIGINT or SIGTERM before all was done

Environment:
  REGFLEET_CONFIG     config file, when -c is not given
  REGFLEET_REDIS_URL  Redis, when --redis is not given`;

/** The whole command line. Its help is the reference of every flag. */
function buildProgram(
  version: string,
  terminal: Terminal,
  wire: (options: () => GlobalOptions) => CommandContext,
): Command {
  const program = new Command('regfleet')
    .description(
      'Keeps container registries in sync: a scheduler expands tasks, a fleet of workers copies the images.',
    )
    .version(version)
    .option(
      '-c, --config <file>',
      'config file, - for standard input (default: $REGFLEET_CONFIG, else config.yaml)',
    )
    .option(
      '--redis <url>',
      'redis://, rediss://, redis+sentinel://, rediss+sentinel:// or unix:// (default: $REGFLEET_REDIS_URL, else redis.url of the config)',
    )
    .option('--json', 'machine-readable output', false)
    .addOption(
      new Option(
        '-v, --verbose',
        'tell every request and what it is for, as LOG_LEVEL=debug: services in their log, commands on standard error',
      ).conflicts('quiet'),
    )
    .option(
      '-q, --quiet',
      'tell results, warnings and errors alone: no progress, and services log as with LOG_LEVEL=warn',
    )
    .helpCommand(false)
    .configureHelp(HELP)
    .addHelpText('after', EXIT_CODES)
    .configureOutput({
      writeOut: (text) => terminal.out(withoutLineEnd(text)),
      writeErr: (text) => terminal.err(withoutLineEnd(text)),
      outputError: (text, write) => write(asOneError(text)),
    })
    .showHelpAfterError('(add --help for what is possible)')
    .exitOverride()
    .hook('preAction', (_, command) => {
      // Services say so themselves; what can be told to run once goes on where it is not.
      if (command.opts().once === false) terminal.beforeLongRun?.();
    });
  const context = wire(() => program.opts<GlobalOptions>());
  for (const register of COMMANDS) register(program, context);
  addVersionCommand(program, context, version);
  addCompletionCommand(program, context);
  addHelpCommand(program);
  for (const command of program.commands)
    command.exitOverride().showHelpAfterError('(add --help for what is possible)');
  return program;
}

function addVersionCommand(program: Command, { terminal, options }: CommandContext, version: string): void {
  program
    .command('version')
    .summary('the version of this program, and of the Node that runs it')
    .description('Prints the version, with --json as a document with that of Node and the platform.')
    .action(() => {
      const { version: node, platform, arch } = process;
      terminal.out(
        options().json
          ? JSON.stringify({ version, node, platform: `${platform}/${arch}` }, undefined, 2)
          : `regfleet ${version} (Node ${node}, ${platform}/${arch})`,
      );
    });
}

/** Commander's own shows the help of all where there is no such command, and calls that an error of nobody. */
function addHelpCommand(program: Command): void {
  const commands = [...program.commands];
  program
    .command('help')
    .argument('[command...]')
    .description('display help for command')
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const known = command === program ? commands : command.commands;
        const next = known.find((candidate) => candidate.name() === name);
        if (next === undefined && !(command === program && name === 'help'))
          return program.error(...unknownCommand(name, known));
        command = next ?? program;
      }
      return command.help();
    });
}

function unknownCommand(name: string, known: readonly Command[]): [string, { code: string }] {
  const suggestion = nearest(
    name,
    known.map((command) => command.name()),
  );
  const hint = suggestion === undefined ? '' : `\n(Did you mean ${suggestion}?)`;
  return [`error: unknown command '${name}'${hint}`, { code: 'commander.unknownCommand' }];
}

const withoutLineEnd = (text: string): string => text.replace(/\n$/, '');

// What commander puts on a line of its own behind a word that it does not know.
const SUGGESTION = /\n\(Did you mean [^\n]*\)\n$/;

/** What is wrong on one line, whatever the words of the command line hold. */
function asOneError(text: string): string {
  const end = SUGGESTION.exec(text)?.[0] ?? '\n';
  return `${printable(text.slice(0, -end.length))}${end}`;
}

/**
 * Runs the command line.
 *
 * @returns the exit code.
 */
export async function runProgram(
  argv: readonly string[],
  terminal: Terminal,
  version: string,
): Promise<number> {
  const call = dregsyCall(argv);
  if (call === undefined) return runOurs(withoutDregsyFlags(argv), terminal, version);
  return runAsDregsy(call, terminal, version);
}

/** As dregsy ends: with 1 for whatever is wrong, and for being asked for help. */
async function runAsDregsy(call: DregsyCall, terminal: Terminal, version: string): Promise<number> {
  if (call.kind === 'usage') {
    terminal.err([...(call.problem === undefined ? [] : [call.problem]), DREGSY_USAGE].join('\n'));
    return EXIT.failed;
  }
  const config = call.config || terminal.env.REGFLEET_CONFIG;
  if (!config) {
    terminal.out(`regfleet ${version}\n${DREGSY_SYNOPSIS}`);
    return EXIT.failed;
  }
  const run = call.run === undefined ? [] : [`--run=${call.run}`];
  return runOurs(['sync', `--config=${config}`, ...run], terminal, version);
}

async function runOurs(argv: readonly string[], terminal: Terminal, version: string): Promise<number> {
  let exitCode: number = EXIT.ok;
  let options: () => GlobalOptions = () => ({ json: false });
  const program = buildProgram(version, terminal, (parsed) => {
    options = parsed;
    const finish = (code: number): void => {
      exitCode = code;
    };
    return {
      get terminal() {
        return terminalAt(terminal, parsed());
      },
      options: parsed,
      finish,
    };
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return misused(error, terminal, argv.includes('--json'));
    const interruption = interruptionOf(error);
    if (interruption !== undefined) {
      terminal.err('regfleet: interrupted');
      return interruption.exitCode;
    }
    const told = toSyncError(error);
    report(told, terminal, options().json);
    if (isDebugging(terminalAt(terminal, options()))) terminal.err(framesOf(error).join('\n'));
    // A command that promises codes of its own has set one before it threw.
    return exitCode === EXIT.ok ? exitCodeOf(told) : exitCode;
  }
}

/**
 * Tells of a command that has not ended and never will: the event loop is empty.
 *
 * @returns the exit code.
 */
export function standstill(argv: readonly string[], terminal: Terminal): number {
  const error = new SyncError('INTERNAL', {
    message: `"regfleet ${argv.map(printable).join(' ')}" has not ended, and nothing is left that it could wait for`,
    hint: 'this is a bug in regfleet; please report it with the log of this process',
  });
  report(error, terminal, argv.includes('--json'));
  return EXIT.failed;
}

/** Commander has told the reader; a program that reads JSON is told in its way. */
function misused(error: CommanderError, terminal: Terminal, asJson: boolean): number {
  if (error.exitCode === 0) return EXIT.ok;
  if (asJson) report(new SyncError('USAGE_INVALID', wordsOf(error)), terminal, asJson);
  return EXIT.invalid;
}

function wordsOf({ code, message }: CommanderError): { message: string; hint?: string } {
  // Its message is for itself: the help is what it tells the reader.
  if (code === 'commander.help') return { message: 'no command is given', hint: 'see regfleet --help' };
  const [, problem = message, hint] = /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s.exec(message) ?? [];
  return { message: problem, ...(hint !== undefined && { hint }) };
}

function report(error: SyncError, terminal: Terminal, asJson: boolean): void {
  if (asJson) {
    const issues = error instanceof InvalidConfig ? { issues: error.issues } : {};
    terminal.out(JSON.stringify({ error: { ...error.toJSON(), ...issues } }, undefined, 2));
    return;
  }
  if (error instanceof InvalidConfig) terminal.err(formatIssues(error.issues));
  terminal.err(`regfleet: ${formatError(error.toJSON())}`);
}

/** Where an error came from; its text may be somebody else's. */
const framesOf = (error: unknown): string[] =>
  error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line)) : [];

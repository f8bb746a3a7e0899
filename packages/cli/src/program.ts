/** The command line: names, options and help texts. What a command does is in `commands/`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from './output/exit.ts';

/** Returns a function that runs one command line (without program name) and resolves with its exit code. */
export function buildProgram(root: string): (args: readonly string[]) => Promise<number> {
  let exitCode: number = 0;
  /** Keeps the exit code of the command that ran. */
  const run =
    <Args extends unknown[]>(action: (...args: Args) => Promise<ExitCode>) =>
    async (...args: Args): Promise<void> => {
      exitCode = await action(...args);
    };
  const program = new Command('fractal')
    .description('Checks what a language model said against its evidence, before anything acts on it.')
    .helpCommand('help [command]', 'show help, of one command too')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addServing(program, run, root);
  addChecking(program, run);
  addBackup(program, run);
  addGuard(program, run);
  addKeys(program, run);
  addFollowers(program, run);
  addDevelopment(program, run, root);
  return async (args) => {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  };
}

type Run = <Args extends unknown[]>(action: (...args: Args) => Promise<ExitCode>) => (...args: Args) => Promise<void>;

const json = ['--json', 'print JSON instead of text'] as const;

function addServing(program: Command, run: Run, root: string): void {
  program
    .command('up')
    .description('start the server: verdicts, receipts, the public log')
    .option('--data <dir>', 'where everything is kept; made when missing', 'work/data')
    .option('--port <n>', 'TCP port; 0 picks a free one', port, 8787)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--checkpoint-guard <place>',
      'folder or http(s) URL, on another disk or machine, that keeps the newest checkpoint of each log (default: <dir>.guard)',
    )
    .option(
      '--witness-policy <file>',
      'tlog-policy file: who cosigns the log (each witness with its submission prefix as URL), and how many are enough',
    )
    .option(
      '--witness-log <key...>',
      'be a witness for these logs: a verifier key, or a file that holds some, one a line',
    )
    .option('--witness-name <name>', 'name of the witness key, such as witness.example.org; only when it is made')
    .addOption(
      new Option('--log-level <level>', 'what is logged to standard error, as JSON lines')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('warn'),
    )
    .option(
      '--json',
      'print one line of JSON once ready: {url, admin_token_file, api_key_file, vkey_file, log_dir, witness_url?, witness_vkey_file?}',
    )
    .action(run(async (options) => (await import('./commands/up.ts')).up(options)));
  program
    .command('demo')
    .description('run the example answers through a started server: what is accepted, what is stopped, and why')
    .option('--url <url>', 'a running server instead of a fresh one (needs --api-key-file and --vkey)')
    .option('--api-key-file <file>', 'file with an API key of that server')
    .option('--vkey <key>', 'verifier key of its log, or a file that holds it')
    .option(...json)
    .action(run(async (options) => (await import('./commands/demo.ts')).demo(root, options)));
}

function addChecking(program: Command, run: Run): void {
  program
    .command('check')
    .description('one verdict on files; no server, nothing is logged')
    .requiredOption('--evidence <file...>', 'what the answer must follow from; UTF-8 text')
    .option('--prompt <file>', 'the question')
    .option('--output <file>', 'the answer to check; - is standard input', '-')
    .option(...json)
    .addHelpText('after', '\nExits 0 when the answer is accepted, 1 when it is stopped.')
    .action(run(async (options) => (await import('./commands/check.ts')).check(options)));
  const receipt = program.command('receipt').description('receipts: proofs that a verdict is in the log');
  receipt
    .command('get <pcs_id>')
    .description('fetch the receipt of a verdict from a server')
    .option('--url <url>', 'the server', 'http://127.0.0.1:8787')
    .option('--api-key-file <file>', 'file with the API key', 'work/data/keys/api-key')
    .option('--out <file>', 'write it there instead of to standard output')
    .option(...json)
    .action(run(async (id, options) => (await import('./commands/receipt.ts')).receiptGet(id, options)));
  receipt
    .command('verify <file>')
    .description('check a receipt offline')
    .option('--vkey <key>', 'verifier key of the log, or a file that holds it')
    .option('--policy <file>', 'tlog-policy file: log and witness keys, and the quorum')
    .option('--output <file>', 'the text in hand, to check that the receipt is about it (needs --salt)')
    .option('--salt <base64>', 'salt of that text, from the answer that brought the receipt')
    .option(...json)
    .action(run(async (file, options) => (await import('./commands/receipt.ts')).receiptVerify(file, options)));
  const log = program.command('log').description('the log: of a data directory, or as a server shows it');
  log
    .command('completeness')
    .description("check that a server withholds no entry of yours: every leaf with your tenant's tag has its entry")
    .option('--url <url>', 'the server', 'http://127.0.0.1:8787')
    .option('--log <name>', 'name of the log on it', '0')
    .option('--vkey <key>', 'verifier key of the log, or a file that holds it')
    .option('--policy <file>', 'tlog-policy file: log and witness keys, and the quorum')
    .option('--api-key-file <file>', 'file with the API key', 'work/data/keys/api-key')
    .option('--tag-key-file <file>', 'keeps the tag key: fetched and written there when it is missing')
    .option('--receipts <dir>', 'folder of receipts that you kept (*.tlog-proof)')
    .option('--state <file>', 'keeps the checkpoint of the last complete check, from which the next goes on')
    .option(...json)
    .action(run(async (options) => (await import('./commands/log-completeness.ts')).logCompleteness(options)));
  log
    .command('fsck <dir>')
    .description(
      'recompute everything from bytes and name the first wrong one; DIR is a data directory or a public log folder',
    )
    .option('--vkey <key>', 'verifier key of the log, or a file that holds it (for a public log folder)')
    .option(...json)
    .action(run(async (directory, options) => (await import('./commands/log-fsck.ts')).logFsck(directory, options)));
  log
    .command('repair <dir>')
    .description('with the server stopped: make again what is damaged in a data directory, and say what cannot be')
    .option('--from <dir...>', 'another copy of the data, or a backup, to take lost entries from')
    .option('--receipt <file...>', 'receipts (or folders of *.tlog-proof) to take lost entries from')
    .option('--dry-run', 'change nothing, say what would be done')
    .option(...json)
    .addHelpText(
      'after',
      '\nNothing of a copy or a receipt is believed: it must give the leaf that the log committed to. Never signs.\n' +
        'Exits 0 when nothing is damaged any more, 1 when something is left; run fractal log fsck afterwards.',
    )
    .action(
      run(async (directory, options) => (await import('./commands/log-repair.ts')).logRepair(directory, options)),
    );
}

function addBackup(program: Command, run: Run): void {
  const backup = program
    .command('backup')
    .description('copy a data directory, also of a running server: only what is new since the last run');
  backup
    .command('run <target>', { isDefault: true })
    .description('make or continue the backup in TARGET, a folder of its own')
    .option('--data <dir>', 'the data directory', 'work/data')
    .option(...json)
    .addHelpText(
      'after',
      '\nThe keyring is never copied: keep keys/keyring elsewhere. Another log in TARGET is refused.',
    )
    .action(run(async (target, options) => (await import('./commands/backup.ts')).backup(target, options)));
  backup
    .command('verify <target>')
    .description('check every byte of a backup offline, roots included, and name the first wrong file')
    .option('--vkey <key>', 'verifier key of a log, or a file that holds it; without it, the keys in the backup')
    .option(...json)
    .action(run(async (target, options) => (await import('./commands/backup.ts')).backupVerify(target, options)));
  program
    .command('restore <target>')
    .description('make a data directory from a backup, checking it on the way')
    .requiredOption('--data <dir>', 'the new data directory: empty or missing')
    .option('--keyring <file>', 'a copy of keys/keyring, without which no content can be read')
    .option(...json)
    .action(run(async (target, options) => (await import('./commands/restore.ts')).restore(target, options)));
}

function addGuard(program: Command, run: Run): void {
  program
    .command('guard')
    .description('where the newest checkpoint of each log is kept, away from the data')
    .command('copy')
    .description('with the server stopped: take what one checkpoint guard holds over into another')
    .option('--data <dir>', 'the data directory', 'work/data')
    .option('--from <place>', 'the guard so far: folder or http(s) URL (default: <dir>.guard)')
    .requiredOption('--to <place>', 'the new one: folder or http(s) URL')
    .option(...json)
    .addHelpText('after', '\nExits 1 where the new guard holds something else of one of the logs.')
    .action(run(async (options) => (await import('./commands/guard.ts')).guardCopy(options)));
}

function addKeys(program: Command, run: Run): void {
  const keys = program
    .command('keys')
    .description('API keys and record keys of tenants, and keys of logs, on a running server');
  const server = (command: Command): Command =>
    command
      .option('--url <url>', 'the server', 'http://127.0.0.1:8787')
      .option('--admin-token-file <file>', 'file with the admin token', 'work/data/keys/admin-token')
      .option(...json);
  const remote = (command: Command): Command => server(command).option('--tenant <name>', 'the tenant', 'default');
  remote(keys.command('add'))
    .description('add a key: one for the API (printed once), or one that records are signed with')
    .option('--use <use>', 'api | record', 'api')
    .option('--alg <alg>', 'of a record key: hmac-sha256 | ed25519', 'hmac-sha256')
    .option('--kid <id>', 'name of a record key')
    .option('--secret-file <file>', 'secret of an hmac-sha256 key; made and printed once when left out')
    .option('--public-key <base64>', 'public key of an ed25519 key')
    .option('--not-before <time>', 'RFC 3339 time from which it is valid')
    .option('--not-after <time>', 'RFC 3339 time until which it is valid')
    .action(run(async (options) => (await import('./commands/keys.ts')).keysAdd(options)));
  remote(keys.command('list'))
    .description('list keys; secrets are never shown')
    .action(run(async (options) => (await import('./commands/keys.ts')).keysList(options)));
  remote(keys.command('rotate <id>'))
    .description('make a successor; the old key stays valid for the overlap')
    .option('--overlap <seconds>', 'how long the old key stays valid', wholeNumber, 86_400)
    .action(run(async (id, options) => (await import('./commands/keys.ts')).keysRotate(id, options)));
  server(keys.command('rotate-log'))
    .description('a new key for a log, under the same origin; both keys sign for the overlap')
    .option('--log <name>', '0 | control', '0')
    .option('--overlap <seconds>', 'how long checkpoints carry both signatures', wholeNumber, 7 * 86_400)
    .action(run(async (options) => (await import('./commands/keys.ts')).keysRotateLog(options)));
  remote(keys.command('revoke <id>'))
    .description('make a key invalid at once')
    .action(run(async (id, options) => (await import('./commands/keys.ts')).keysRevoke(id, options)));
}

function addFollowers(program: Command, run: Run): void {
  const followers = program
    .command('followers')
    .description('what follows the log of a running server: how far it is, and what it put aside');
  const remote = (command: Command): Command =>
    command
      .option('--url <url>', 'the server', 'http://127.0.0.1:8787')
      .option('--admin-token-file <file>', 'file with the admin token', 'work/data/keys/admin-token')
      .option(...json);
  const load = () => import('./commands/followers.ts');
  remote(followers.command('list'))
    .description('list followers with their lag, and their dead letters')
    .action(run(async (options) => (await load()).followersList(options)));
  remote(followers.command('retry <name>'))
    .argument('[log]', 'log of the dead letter')
    .argument('[index]', 'index of the dead letter', wholeNumber)
    .description('handle a dead letter again; where that succeeds it is none any more')
    .option('--all', 'every dead letter of this follower')
    .action(run(async (name, log, index, options) => (await load()).followersRetry(name, log, index, options)));
  remote(followers.command('skip <name> <log>'))
    .argument('<index>', 'index of the dead letter', wholeNumber)
    .description('give a dead letter up: its entry has no effect there')
    .requiredOption('--reason <ticket>', 'a word or a ticket, without spaces: it is logged for good')
    .action(run(async (name, log, index, options) => (await load()).followersSkip(name, log, index, options)));
  remote(followers.command('pause <name>'))
    .description('pause a follower, across restarts too')
    .action(run(async (name, options) => (await load()).followersVerb('pause', name, options)));
  remote(followers.command('resume <name>'))
    .description('let a paused follower go on')
    .action(run(async (name, options) => (await load()).followersVerb('resume', name, options)));
  remote(followers.command('reset <name>'))
    .description('forget its cursors, effect and dead letters, and begin at the first entry')
    .action(run(async (name, options) => (await load()).followersVerb('reset', name, options)));
}

function addDevelopment(program: Command, run: Run, root: string): void {
  program
    .command('test [suite...]')
    .description('run all tests, or the suites named; ends with "N passed, N failed, N skipped"')
    .option('--long', 'the long forms: millions of inputs instead of thousands')
    .option('--list', 'list the suites')
    .option(...json)
    .action(run(async (names, options) => (await import('./commands/test.ts')).test(root, names, options)));
  program
    .command('sim')
    .description('simulate the ledger under faults, seed by seed; the same seed is the same run')
    .option('--seed <n>', 'the first seed; alone, the only one', wholeNumber)
    .option('--runs <n>', 'how many seeds, one after another (100 where no seed is named)', wholeNumber)
    .option('--trace', 'print every step')
    .option(...json)
    .addHelpText('after', '\nExits 0 when every invariant held at every step of every run, 1 when one did not.')
    .action(run(async (options) => (await import('./commands/sim.ts')).sim(root, options)));
  program
    .command('bench [name...]')
    .description('measure beside a named counterpart in one run; results go to bench/results as JSON')
    .option('--list', 'list the benches')
    .option('--quick', 'short runs, to see that it works; not kept')
    .option('--long', 'the largest sizes too: growth to ten million entries')
    .option(...json)
    .action(run(async (names, options) => (await import('./commands/bench.ts')).bench(root, names, options)));
  program
    .command('conformance <language>')
    .description('conformance runner of an SDK: one case a line in, one result a line out')
    .action(run(async (language) => (await import('./commands/conformance.ts')).conformance(root, language)));
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError('a port is at most 65535');
  return value;
}

function wholeNumber(text: string): number {
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

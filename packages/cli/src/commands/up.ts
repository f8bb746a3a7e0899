/** `fractal up`: starts the server and says where everything is. Ends on SIGTERM or Ctrl-C, after a graceful drain. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  closeOnSignals,
  GuardPlaceError,
  jsonLogger,
  type LogLevel,
  type RunningServer,
  type ServerOptions,
  startServer,
  WitnessIdentityError,
  WitnessLogError,
  WitnessPolicyError,
} from '@fractal/server';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';
import type { Ready } from '../serving/ready.ts';

export interface UpOptions {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly checkpointGuard?: string;
  readonly witnessPolicy?: string;
  /** Verifier keys, or files that hold some. */
  readonly witnessLog?: readonly string[];
  readonly witnessName?: string;
  readonly json?: boolean;
  readonly logLevel: LogLevel;
}

export async function up(options: UpOptions): Promise<ExitCode> {
  const server = await start(options);
  const ready: Ready = {
    url: server.url,
    admin_token_file: server.adminTokenFile,
    api_key_file: server.apiKeyFile,
    vkey_file: server.vkeyFile,
    log_dir: server.logDir,
    ...(server.witness === undefined
      ? {}
      : { witness_url: server.witness.url, witness_vkey_file: server.witness.vkeyFile }),
  };
  const ended = closeOnSignals(server);
  console.log(options.json === true ? JSON.stringify(ready) : await welcome(ready, options.data));
  const failure = await ended;
  if (failure !== undefined)
    throw new CommandError(EXIT.failed, `the server stopped: ${failure.message}`, { cause: failure });
  return EXIT.ok;
}

async function start(options: UpOptions): Promise<RunningServer> {
  // Logs go to standard error: standard output is for whoever started it.
  const logger = jsonLogger({ write: (line) => process.stderr.write(line), nowMs: Date.now, level: options.logLevel });
  try {
    return await startServer({
      dataDir: resolve(options.data),
      port: options.port,
      host: options.host,
      ...(options.checkpointGuard === undefined ? {} : { checkpointGuard: options.checkpointGuard }),
      ...(await witnessOptions(options)),
      logger,
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new CommandError(
        EXIT.failed,
        `port ${options.port} is taken: choose another with --port N (0 picks a free one)`,
        { cause: error },
      );
    }
    if (
      error instanceof GuardPlaceError ||
      error instanceof WitnessPolicyError ||
      error instanceof WitnessLogError ||
      error instanceof WitnessIdentityError
    ) {
      throw new CommandError(EXIT.usage, error.message, { cause: error });
    }
    if (error instanceof Error && 'code' in error && (error.code === 'row_corrupt' || error.code === 'log_corrupt')) {
      const next = `fractal log fsck ${options.data} names what is damaged, fractal log repair ${options.data} mends it`;
      throw new CommandError(EXIT.failed, `${error.code}: ${error.message}\n         ${next}`, { cause: error });
    }
    throw error;
  }
}

async function witnessOptions({ witnessPolicy, witnessLog, witnessName }: UpOptions): Promise<Partial<ServerOptions>> {
  const keys = await Promise.all((witnessLog ?? []).map(keysOf));
  return {
    ...(witnessPolicy === undefined ? {} : { witnessPolicy: await readText(witnessPolicy) }),
    ...(witnessLog === undefined ? {} : { witnessLogs: keys.flat() }),
    ...(witnessName === undefined ? {} : { witnessName }),
  };
}

/** A verifier key, or those in a file: one a line, empty lines and lines that start with # left out. */
async function keysOf(keyOrFile: string): Promise<string[]> {
  if (/^[^+]+\+[0-9a-f]{8}\+/.test(keyOrFile)) return [keyOrFile];
  const lines = (await readText(keyOrFile)).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${cause.code ?? cause.message}`, { cause });
  });
}

async function welcome(ready: Ready, data: string): Promise<string> {
  const key = (await readFile(ready.vkey_file, 'utf8')).trim();
  const witness = ready.witness_vkey_file === undefined ? undefined : await readFile(ready.witness_vkey_file, 'utf8');
  const evidence = 'The bridge opened in 1932 and cost 3 million dollars.';
  const body = JSON.stringify({ output: 'The bridge opened in 1942.', evidence: [{ text: evidence }] });
  return [
    `${style(['bold', 'green'], 'Fractal is up')} at ${style('bold', ready.url)}`,
    '',
    `  data          ${data}`,
    `  API key       ${ready.api_key_file}`,
    `  admin token   ${ready.admin_token_file}`,
    `  public log    ${ready.log_dir}`,
    `  log's key     ${key}`,
    `  API           ${ready.url}/openapi.json`,
    ...(witness === undefined ? [] : [`  witness       ${ready.witness_url}`, `  witness's key ${witness.trim()}`]),
    '',
    'A first verdict (paste it into another terminal):',
    '',
    `  curl -s ${ready.url}/v1/check -H "authorization: Bearer $(cat ${ready.api_key_file})" \\`,
    `    -H 'content-type: application/json' -d '${body}'`,
    '',
    style('dim', 'Ctrl-C stops it; what was acknowledged is on disk.'),
  ].join('\n');
}

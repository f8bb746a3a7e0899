/** The real server as a process: `fractal up --json`, killed, stopped and started again on the same data and port. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { nodePath, projectRoot } from './project.ts';

const main = join(projectRoot, 'packages', 'cli', 'src', 'main.ts');

/** The line that `up --json` prints once it answers (DESIGN section 13). */
export type Ready = {
  url: string;
  admin_token_file: string;
  api_key_file: string;
  vkey_file: string;
  log_dir: string;
  witness_url?: string;
  witness_vkey_file?: string;
};

export type ServerOptions = {
  dataDirectory: string;
  port: number;
  environment?: Record<string, string>;
  nodeOptions?: string[];
  /** Another program than `fractal`, which takes and prints the same. */
  program?: string;
  /** More options of `fractal up`. */
  options?: string[];
};

export type ServerProcess = {
  ready: Ready;
  pid: number;
  /** kill -9; resolves when the process is gone. */
  kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code when the process is gone. */
  stop: () => Promise<number | string>;
  /** Exit code or signal once it is gone, undefined while it runs. */
  ended: () => number | string | undefined;
  /** The last part of what it wrote to standard error. */
  errors: () => string;
};

/** A free port of 127.0.0.1; taken by nobody until the server asks for it, on a quiet machine. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A process that is starting: kill it before it is ready, or wait. */
export type Starting = { child: ChildProcess; whenReady: Promise<ServerProcess>; kill: () => Promise<void> };

export function startServer(options: ServerOptions): Starting {
  const args = [...(options.nodeOptions ?? []), options.program ?? main, 'up', '--data', options.dataDirectory];
  const more = options.options ?? [];
  const child = spawn(nodePath, [...args, '--port', String(options.port), '--json', ...more], {
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let output = '';
  let ended: number | string | undefined;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-8_000);
  });
  const gone = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      ended = signal ?? code ?? 'gone';
      resolve(ended);
    });
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  const stop = (): Promise<number | string> => {
    child.kill('SIGTERM');
    return gone;
  };
  const whenReady = new Promise<ServerProcess>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const before = output.includes('\n');
      output += chunk;
      if (before || !output.includes('\n')) return;
      const ready: Ready = JSON.parse(output.slice(0, output.indexOf('\n')));
      resolve({ ready, pid: child.pid!, kill, stop, ended: () => ended, errors: () => errors });
    });
    gone.then((end) => reject(new Error(`the server ended with ${end} before it was ready: ${errors}`)));
  });
  // Whoever kills it while it starts does not wait for `whenReady`.
  whenReady.catch(() => {});
  return { child, whenReady, kill };
}

export function readSecret(file: string): string {
  return readFileSync(file, 'utf8').trim();
}

/** Runs `fractal …` and returns what it printed and its exit code. */
export function runFractal(...args: string[]): { code: number | null; output: string } {
  const result = spawnSync(nodePath, [main, ...args], { encoding: 'utf8' });
  return { code: result.status, output: `${result.stdout}${result.stderr}` };
}

/** Starts the real server as its users do, `./fractal up --json`, on a fresh data directory, and stops it by SIGTERM. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface StartedServer {
  readonly port: number;
  readonly url: string;
  readonly apiKey: string;
  readonly logFolder: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** Runs `fractal …args` against this server and returns its standard output. */
  cli(...args: string[]): string;
  stop(): Promise<void>;
}

interface Ready {
  readonly url: string;
  readonly admin_token_file: string;
  readonly api_key_file: string;
  readonly log_dir: string;
}

export async function startFractal(root: string, nodeFlags: readonly string[] = []): Promise<StartedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-bench-'));
  const dataFolder = join(folder, 'data'); // its checkpoint guard is beside it, and goes with the folder
  const main = join(root, 'packages/cli/src/main.ts');
  const child = spawn(process.execPath, [...nodeFlags, main, 'up', '--data', dataFolder, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = JSON.parse(await firstLine(child)) as Ready;
  return {
    port: Number(new URL(ready.url).port),
    url: ready.url,
    apiKey: (await readFile(ready.api_key_file, 'utf8')).trim(),
    logFolder: ready.log_dir,
    dataFolder,
    pid: child.pid ?? 0,
    cli: (...args) =>
      execFileSync(
        process.execPath,
        [main, ...args, '--url', ready.url, '--admin-token-file', ready.admin_token_file],
        {
          encoding: 'utf8',
        },
      ),
    stop: async () => {
      await stopChild(child);
      await rm(folder, { recursive: true });
    },
  };
}

export async function startBaseline(root: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-baseline-'));
  const script = join(root, 'bench/verify/baseline-server.ts');
  const child = spawn(process.execPath, [script, join(folder, 'bodies.log')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(await firstLine(child));
  return {
    port,
    stop: async () => {
      await stopChild(child);
      await rm(folder, { recursive: true });
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('the child has no standard output');
    const lines = createInterface({ input: child.stdout });
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  });
}

function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

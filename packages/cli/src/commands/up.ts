/** `fractal up`: starts the server and says where everything is. Ends on SIGTERM or Ctrl-C, after a graceful drain. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { startServer } from '@fractal/server';
import { EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';
import type { Ready } from '../serving/ready.ts';

export interface UpOptions {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly json?: boolean;
}

export async function up(options: UpOptions): Promise<ExitCode> {
  const server = await startServer({ dataDir: resolve(options.data), port: options.port, host: options.host });
  const ready: Ready = {
    url: server.url,
    admin_token_file: server.adminTokenFile,
    api_key_file: server.apiKeyFile,
    vkey_file: server.vkeyFile,
    log_dir: server.logDir,
  };
  console.log(options.json === true ? JSON.stringify(ready) : await welcome(ready, options.data));
  await stopSignal();
  await server.close();
  return EXIT.ok;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

async function welcome(ready: Ready, data: string): Promise<string> {
  const key = (await readFile(ready.vkey_file, 'utf8')).trim();
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
    '',
    'A first verdict (paste it into another terminal):',
    '',
    `  curl -s ${ready.url}/v1/check -H "authorization: Bearer $(cat ${ready.api_key_file})" \\`,
    `    -H 'content-type: application/json' -d '${body}'`,
    '',
    style('dim', 'Ctrl-C stops it; what was acknowledged is on disk.'),
  ].join('\n');
}

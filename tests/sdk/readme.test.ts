/** The code of the SDK's README, run as it stands against a started server: what it prints is what README.md says. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodePath, projectRoot } from '../harness/project.ts';
import { scratchDirectory } from '../harness/scratch.ts';
import { type LiveServer, RECORD_KEY, startLiveServer } from './live.ts';

const readme = readFileSync(join(projectRoot, 'sdks', 'typescript', 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);

let server: LiveServer;
beforeAll(async () => {
  server = await startLiveServer();
});
afterAll(() => server?.stop());

async function run(code: string): Promise<string> {
  const outfile = join(scratchDirectory('readme'), 'block.mjs');
  const stdin = { contents: code, resolveDir: join(projectRoot, 'tests', 'sdk'), loader: 'ts' } as const;
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
  const env = {
    ...process.env,
    FRACTAL_URL: server.url,
    FRACTAL_API_KEY: server.apiKey,
    FRACTAL_LOG_KEY: server.logKey,
    FRACTAL_RECORD_KEY: new TextDecoder().decode(RECORD_KEY.value),
  };
  return (await promisify(execFile)(nodePath, [outfile], { env })).stdout;
}

it('prints what README.md says it prints', async () => {
  expect(blocks).toHaveLength(3);
  const printed = await run(blocks[0]!);
  expect(printed).toBe('go ahead: The bridge was opened in 1932.\nstopped (block): The bridge was opened in 1934.\n');
  for (const line of printed.trimEnd().split('\n')) expect(readme).toContain(`\`${line}\``);
  expect(await run(blocks[1]!)).toBe('accept\n');
  expect(await run(blocks[2]!)).toBe('nothing is withheld\n');
  expect(readme).toContain('`nothing is withheld`');
});

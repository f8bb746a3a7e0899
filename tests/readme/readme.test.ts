/** The README does what it says: its console blocks print what stands there, its program prints what stands below it. */
import { spawn, spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodePath, projectRoot } from '../harness/project.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, type ServerProcess, startServer } from '../harness/server-process.ts';

const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '');
}

test.each(blocks('console'))('prints what stands in the README: %s', (block) => {
  const [command = '', ...expected] = block.split('\n');
  expect(command).toMatch(/^\$ \.\/fractal /);
  const environment = { ...process.env, NO_COLOR: '1' };
  const run = spawnSync('sh', ['-c', command.slice(2)], { cwd: projectRoot, encoding: 'utf8', env: environment });
  expect(run.stdout.trimEnd()).toBe(expected.join('\n').trimEnd());
});

test('has the two commands', () => {
  expect(readme).toContain('\n    ./fractal up\n    ./fractal test\n');
});

let server: ServerProcess;
let directory = '';

beforeAll(async () => {
  directory = scratchDirectory('readme');
  server = await startServer({ dataDirectory: directory, port: await freePort() }).whenReady;
});

afterAll(async () => {
  await server.stop();
  removeScratch();
});

test('its program prints what stands below it', async () => {
  const [program = ''] = blocks('ts');
  const [expected = ''] = blocks('text');
  const read = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim();
  const environment = {
    ...process.env,
    FRACTAL_URL: server.ready.url,
    FRACTAL_API_KEY: await read(server.ready.api_key_file),
    FRACTAL_LOG_KEY: await read(server.ready.vkey_file),
  };
  // Inside the project, so that the workspace package is found.
  const file = join(projectRoot, 'tests/readme', `program-${process.pid}.mjs`);
  await writeFile(file, program);
  try {
    const run = spawnSync(nodePath, [file], { encoding: 'utf8', env: environment });
    expect(run.stderr).toBe('');
    expect(run.stdout).toBe(expected);
  } finally {
    await rm(file);
  }
});

test('the curl line that `up` prints works as pasted', async () => {
  const args = ['up', '--port', '0', '--data', scratchDirectory('curl')];
  const child = spawn(join(projectRoot, 'fractal'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let printed = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      printed += chunk;
      if (printed.includes('Ctrl-C')) break;
    }
    const line = /^ {2}curl .*\\\n.*$/m.exec(printed)?.[0] ?? '';
    const run = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    const answer: unknown = JSON.parse(run.stdout);
    expect(answer).toMatchObject({
      verdict: { decision: 'block' },
      effective: { decision: 'block', revision: 0 },
      log: { index: 0 },
    });
  } finally {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
});

/**
 * The direction of imports is a lint rule (biome.json, overrides). Here: the rule can fail. Each planted file breaks one
 * line of DESIGN section 11 in a copy of the configuration, and the linter must name the rule.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-architecture-'));
  const { $schema, vcs, ...config } = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8'));
  await writeFile(join(folder, 'biome.json'), JSON.stringify(config));
  await cp(join(root, 'docs/rules'), join(folder, 'docs/rules'), { recursive: true });
});

afterAll(() => rm(folder, { recursive: true }));

async function lint(path: string, source: string): Promise<{ code: number; text: string }> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, source);
  const result = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', path], { cwd: folder, encoding: 'utf8' });
  return { code: result.status ?? -1, text: result.stdout + result.stderr };
}

const imports = (name: string): string => `import { x } from '${name}';\nexport const y = x;\n`;

test.each([
  ['packages/tlog/src/a.ts', imports('@fractal/record'), 'noRestrictedImports'],
  ['packages/record/src/a.ts', imports('@fractal/trust'), 'noRestrictedImports'],
  ['packages/record/src/b.ts', imports('node:fs'), 'noNodejsModules'],
  ['packages/trust/src/a.ts', imports('@fractal/ledger'), 'noRestrictedImports'],
  ['packages/trust/src/b.ts', 'export const a = Date.now();\n', 'noRestrictedGlobals'],
  ['packages/trust/src/c.ts', 'export const a = Math.random();\n', 'plugin'],
  ['packages/trust/src/d.ts', 'export const a = (x: number) => Math.exp(x);\n', 'plugin'],
  ['packages/ledger/src/a.ts', imports('@fractal/vault'), 'noRestrictedImports'],
  ['packages/vault/src/a.ts', imports('lmdb'), 'noRestrictedImports'],
  ['packages/control/src/a.ts', imports('node:fs'), 'noRestrictedImports'],
  ['packages/store-embedded/src/a.ts', imports('@fractal/server'), 'noRestrictedImports'],
  ['packages/server/src/a.ts', imports('@fractal/cli'), 'noRestrictedImports'],
  ['sdks/typescript/src/a.ts', imports('node:crypto'), 'noNodejsModules'],
])('%s may not: %s', async (path, source, rule) => {
  const { code, text } = await lint(path, source);
  expect(text).toContain(rule);
  expect(code).toBe(1);
});

test.each([
  ['packages/tlog/src/ok.ts', imports('@noble/hashes/sha2.js')],
  ['packages/record/src/ok.ts', imports('@fractal/tlog')],
  ['packages/ledger/src/ok.ts', imports('@fractal/tlog')],
  ['packages/vault/src/ok.ts', imports('node:crypto')],
  ['packages/server/src/ok.ts', imports('@fractal/ledger')],
])('%s may: %s', async (path, source) => {
  expect(await lint(path, source)).toMatchObject({ code: 0 });
});

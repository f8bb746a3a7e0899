import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { caughtBy, STAGES } from './check.ts';
import { mutantsOf } from './operators.ts';
import { makeWorkspace } from './workspace.ts';

const ROOT = join(import.meta.dirname, '../..');
const ids = (source: string): string[] => mutantsOf('f.ts', source).map(({ id }) => id.replace('f.ts ', ''));

describe('mutation operators', () => {
  it('drop an await, a call, a guard', () => {
    expect(ids('async function f() { await g(); }')).toEqual(['drop-call "await g();"', 'drop-await "await g()"']);
    expect(ids('function f(a: number) { if (a) throw new Error(); }')).toEqual(['drop-guard "a"']);
    expect(ids('function f() { invariant(true); }')).toEqual([]);
  });

  it('swap neighbours that act, of which one is a call', () => {
    expect(mutantsOf('f.ts', 'function f() { this.a = 1; g(); }').map(({ source }) => source)).toContain(
      'function f() { g();\nthis.a = 1; }',
    );
    expect(ids('function f() { this.a = 1; this.b = 2; }')).toEqual([]);
  });

  it('move a boundary, and tell apart two of the same text', () => {
    expect(ids('const a = b < c; const d = b < c; const e = b - 1; const g = b !== c;')).toEqual([
      'boundary "b < c"',
      'boundary "b < c" #2',
      'off-by-one "b - 1"',
      'negate "b !== c"',
    ]);
  });
});

const UNIT = STAGES.filter(({ name }) => name === 'unit');

/** Two of the kinds a ledger fears most; the simulation plants more (tests/sim), main.ts makes all of them. */
const FEARED = [
  [
    'packages/ledger/src/publish/publisher.ts',
    'swap "await files.writeAll(snapshot.files); await files.replaceCheckpoint(',
  ],
  ['packages/ledger/src/ledger.ts', 'drop-await "await this.#parts.store.commit({'],
] as const;

describe('the tests', () => {
  it('pass on a copy of the program as it is', { timeout: 600_000 }, async () => {
    const workspace = await makeWorkspace(ROOT);
    try {
      expect(await caughtBy(workspace.root, UNIT)).toBeUndefined();
    } finally {
      await workspace.remove();
    }
  });

  it.each(FEARED)('notice in %s: %s', { timeout: 600_000 }, async (file, name) => {
    const source = await readFile(join(ROOT, file), 'utf8');
    const mutant = mutantsOf(file, source).find(({ id }) => id.includes(name));
    expect(mutant, 'the code reads differently now: name its mutant anew').toBeDefined();
    const workspace = await makeWorkspace(ROOT);
    try {
      await workspace.change(file, mutant!.source);
      expect(await caughtBy(workspace.root, UNIT)).toBeDefined();
    } finally {
      await workspace.remove();
    }
  });

  // The long form only, and not as a skipped test: where CI=true a skip is a failure.
  if (process.env.FRACTAL_LONG === '1') {
    it('notice 90 % of all mutants that change anything', { timeout: 0 }, async () => {
      const main = join(import.meta.dirname, 'main.ts');
      const { stdout } = await promisify(execFile)(process.execPath, [main], { maxBuffer: 1 << 26 });
      expect(stdout).toMatch(/caught \d+ of \d+/);
    });
  }
});

/** The command line as scripts use it: exit codes and what is on standard output. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const folder = mkdtempSync(join(tmpdir(), 'fractal-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fractal(args: readonly string[], input: string | Uint8Array = ''): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { input, encoding: 'utf8' });
}

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const evidence = file('evidence.txt', 'The bridge opened in 1932 and cost 3 million dollars.');

describe('fractal check', () => {
  it('exits 0 for what is accepted and 1 for what is stopped, with --json alone on standard output', () => {
    const accepted = fractal(['check', '--evidence', evidence, '--json'], 'The bridge opened in 1932.');
    expect([accepted.status, JSON.parse(accepted.stdout).decision]).toEqual([0, 'accept']);
    const stopped = fractal(['check', '--evidence', evidence, '--json'], 'The bridge opened in 1942.');
    expect(stopped.status).toBe(1);
    expect(JSON.parse(stopped.stdout).reasons[0].explanation).toContain('1942');
  });

  it('obeys no escape sequence of the answer', () => {
    const { stdout } = fractal(
      ['check', '--evidence', evidence],
      '\u001b[2J\u001b[1;1HACCEPT  The bridge opened in 1942.',
    );
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('␛[1;1H');
  });

  it.each([
    ['an answer that is not UTF-8', ['check', '--evidence', evidence], Uint8Array.of(0x54, 0xff)],
    ['standard input for two', ['check', '--evidence', '-', '--output', '-'], 'x'],
    ['evidence that is not there', ['check', '--evidence', join(folder, 'none')], 'x'],
    ['no evidence', ['check'], 'x'],
  ])('exits 2 for %s', (_, args, input) => {
    const ended = fractal(args, input);
    expect([ended.status, ended.stdout]).toEqual([2, '']);
  });
});

describe('fractal', () => {
  const receipt = file('receipt.txt', 'c2sp.org/tlog-proof@v1\n');
  const key = 'example.com/log+00000000+AAAA';
  it.each([
    ['an unknown command', ['bogus']],
    ['no command', []],
    ['a port beyond the last', ['up', '--port', '65536']],
    ['a backup inside what it copies', ['backup', join(folder, 'data', 'in'), '--data', join(folder, 'data')]],
    ['a backup to a folder with other files', ['backup', folder, '--data', join(folder, 'data')]],
    ['a backup to be checked that is none', ['backup', 'verify', join(folder, 'none')]],
    ['a restore from no backup', ['restore', join(folder, 'none'), '--data', join(folder, 'new')]],
    ['a restore over files', ['restore', join(folder, 'none'), '--data', folder]],
    [
      'a keyring that is not there',
      ['restore', folder, '--data', join(folder, 'new'), '--keyring', join(folder, 'none')],
    ],
    ['a restore into the backup', ['restore', folder, '--data', join(folder, 'in')]],
    ['an overlap that is none', ['keys', 'rotate-log', '--overlap', '-1']],
    ['a pcs_id out of form', ['receipt', 'get', 'abc']],
    ['a salt without the text it binds', ['receipt', 'verify', receipt, '--vkey', key, '--salt', 'AAAA']],
    ['a text without its salt', ['receipt', 'verify', receipt, '--vkey', key, '--output', evidence]],
    ['no key to verify by', ['receipt', 'verify', receipt]],
    ['a folder that is no log', ['log', 'fsck', folder]],
    ['a dead letter without its place', ['followers', 'retry', 'kpi']],
    ['a dead letter skipped without a reason', ['followers', 'skip', 'kpi', '0', '3']],
    ['an index that is none', ['followers', 'retry', 'kpi', '0', '-3']],
    ['a suite there is not', ['test', 'bogus']],
    ['a bench there is not', ['bench', 'bogus']],
    ['a language there is not', ['conformance', 'cobol']],
  ])('exits 2 for %s', (_, args) => {
    const ended = fractal(args);
    expect([ended.status, ended.stdout]).toEqual([2, '']);
  });

  it('exits 1 for a receipt that does not hold, 3 where no server answers', () => {
    const refused = fractal(['receipt', 'verify', receipt, '--vkey', key, '--json']);
    expect([refused.status, JSON.parse(refused.stdout)]).toEqual([1, { ok: false, code: 'vkey_malformed' }]);
    const token = file('token', 'fa_0');
    const nobody = fractal(['keys', 'list', '--url', 'http://127.0.0.1:1', '--admin-token-file', token]);
    expect([nobody.status, nobody.stdout]).toEqual([3, '']);
  });

  it('lists suites and benches as one line of JSON', () => {
    const suites = JSON.parse(fractal(['test', '--list', '--json']).stdout).suites as { name: string }[];
    expect(suites.map(({ name }) => name)).toContain('unit');
    expect(JSON.parse(fractal(['bench', '--list', '--json']).stdout).benches).toBeInstanceOf(Array);
  });
});

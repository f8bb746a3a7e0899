import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isErrorCode } from '../errors/codes.ts';
import { LINE_BYTES_MAX, OP_NAMES, runCase, runLine } from './ops.ts';

const run = (line: string): unknown => JSON.parse(runLine(Buffer.from(line)));

describe('runLine', () => {
  it.each([
    ['no JSON', 'garbage', null],
    ['nothing', '', null],
    ['an array', '[]', null],
    ['null', 'null', null],
    ['an object without an id', '{"op":"tag"}', null],
    ['an id that is an object', '{"id":{},"op":"tag"}', null],
    ['an id that no double holds', '{"id":9007199254740993,"op":"tag"}', null],
    ['an op that is no text', '{"id":"x","op":7}', 'x'],
    ['no op', '{"id":3}', 3],
    ['a member missing', '{"id":"x","op":"tag"}', 'x'],
    ['a member of another type', '{"id":"x","op":"canonicalize","json_b64":7}', 'x'],
    ['null for a member', '{"id":"x","op":"verify-note","note_b64":"","vkeys":null}', 'x'],
    ['a number for a 64-bit decimal', '{"id":"x","op":"tag","tag_key_b64":"","origin":"o","index":1}', 'x'],
    [
      'a 64-bit decimal out of range',
      '{"id":"x","op":"tag","tag_key_b64":"","origin":"o","index":"18446744073709551616"}',
      'x',
    ],
    ['a leading zero', '{"id":"x","op":"tag","tag_key_b64":"","origin":"o","index":"01"}', 'x'],
    ['key and policy together', '{"id":"x","op":"verify-receipt","receipt_b64":"","vkey":"","policy":""}', 'x'],
  ])('answers %s with bad_request', (_, line, id) => {
    expect(run(line)).toEqual({ id, ok: false, code: 'bad_request' });
  });

  it('answers bytes that are no UTF-8 with bad_request', () => {
    expect(runLine(Uint8Array.of(0x7b, 0xff, 0x7d))).toBe('{"id":null,"ok":false,"code":"bad_request"}');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'Tag'])('does not know the op %j', (op) => {
    expect(runCase({ id: 'x', op })).toEqual({ id: 'x', ok: false, code: 'unknown_op' });
  });

  it.each(['AA', 'AA=', 'AB==', 'A===', '====', ' AA==', 'AA==\n', 'AA-_', 'AAAA=', '€€€€'])(
    'refuses %j as base64',
    (json_b64) => {
      expect(runCase({ id: 1, op: 'canonicalize', json_b64 })).toEqual({ id: 1, ok: false, code: 'base64_malformed' });
    },
  );

  it('gives back the id as it came, and keeps members of an id’s text out of its own line', () => {
    expect(runLine(Buffer.from('{"id":"a\\nb\\ud800","op":"?"}'))).toBe(
      '{"id":"a\\nb\\ud800","ok":false,"code":"unknown_op"}',
    );
  });

  it('takes members from the case itself only, never from a prototype', () => {
    expect(run('{"id":"x","op":"tag","__proto__":{"tag_key_b64":"","origin":"o","index":"1"}}')).toMatchObject({
      ok: false,
    });
  });

  it('has the ops of the contract', () => {
    expect(OP_NAMES).toEqual([
      'canonicalize',
      'canonicalize-jcs',
      'merkle-root',
      'nine-place',
      'pcs-id',
      'sign-record',
      'tag',
      'tile-path',
      'verify-checkpoint',
      'verify-consistency',
      'verify-inclusion',
      'verify-note',
      'verify-proof',
      'verify-receipt',
      'verify-record',
      'verify-signature',
    ]);
  });

  it('never throws, and answers with a code of the registry (fuzz)', () => {
    const member = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String),
      fc.integer(),
      fc.constantFrom(
        null,
        true,
        [],
        {},
        ['AA=='],
        [{}],
        'fractal-pcs',
        'fractal-lba-kakeya',
        'ed25519',
        'output',
        'tile',
      ),
      fc.record({
        alg: fc.constantFrom('ed25519', 'hmac-sha256', 'none'),
        kid: fc.string(),
        value_b64: fc.base64String(),
      }),
    );
    const names = [
      'json_b64',
      'bits_hex',
      'merkle_root',
      'epoch',
      'stream',
      'items',
      'profile',
      'record_b64',
      'key',
      'alg',
      'key_b64',
      'message_b64',
      'sig_b64',
      'note_b64',
      'vkeys',
      'checkpoint_b64',
      'origin',
      'vkey',
      'witness_vkeys',
      'leaf_hash_b64',
      'index',
      'size',
      'proof',
      'root_b64',
      'size1',
      'size2',
      'root1_b64',
      'root2_b64',
      'path',
      'kind',
      'level',
      'width',
      'proof_b64',
      'leaf_b64',
      'receipt_b64',
      'policy',
      'output_b64',
      'salt_b64',
      'tag_key_b64',
    ];
    const members = fc.dictionary(fc.constantFrom(...names), member, { minKeys: 5, maxKeys: names.length });
    fc.assert(
      fc.property(fc.constantFrom(...OP_NAMES), members, (op, rest) => {
        const answer = runCase({ ...rest, id: 'f', op });
        expect(answer.id).toBe('f');
        if (!answer.ok) expect(isErrorCode(answer.code)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the program', () => {
  it('answers line by line, in order, past a line of 100 MB', async () => {
    const program = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const closed = once(program, 'close');
    const output: Buffer[] = [];
    program.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    program.stdin.write('{"id":"first","op":"?"}\nnonsense\n');
    const spaces = Buffer.alloc(1024 * 1024, 0x20);
    for (let sent = 0; sent < 100; sent++) {
      if (!program.stdin.write(spaces)) await once(program.stdin, 'drain');
    }
    program.stdin.end('\n{"id":"last","op":"nine-place","bits_hex":"3ff0000000000000"}');
    const [exitCode] = await closed;
    expect(exitCode).toBe(0);
    expect(Buffer.concat(output).toString()).toBe(
      [
        '{"id":"first","ok":false,"code":"unknown_op"}',
        '{"id":null,"ok":false,"code":"bad_request"}',
        '{"id":null,"ok":false,"code":"line_too_large"}',
        '{"id":"last","ok":true,"text":"1"}',
        '',
      ].join('\n'),
    );
  });

  it('takes no more in than its reader takes out', async () => {
    const program = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const closed = once(program, 'close');
    const count = 100_000;
    const lines = `${Array.from({ length: count }, (_, id) => JSON.stringify({ id, op: '?' })).join('\n')}\n`;
    let taken = false;
    program.stdin.end(lines, () => {
      taken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(taken).toBe(false);
    let answered = 0;
    program.stdout.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x0a) answered += 1;
    });
    expect((await closed)[0]).toBe(0);
    expect(answered).toBe(count);
  });

  it('outlives nesting a million deep', () => {
    const deep = `{"id":"deep","op":"tag","origin":${'['.repeat(1e6)}${']'.repeat(1e6)}}`;
    expect(run(deep)).toEqual({ id: 'deep', ok: false, code: 'bad_request' });
  });

  it('takes a line of exactly the limit', () => {
    const head = '{"id":"big","op":"?","pad":"';
    const line = `${head}${'x'.repeat(LINE_BYTES_MAX - head.length - 2)}"}`;
    expect(run(line)).toEqual({ id: 'big', ok: false, code: 'unknown_op' });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, type Line, splitLines } from './lines.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* stream(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? encode(chunk) : chunk;
}

async function lines(chunks: AsyncIterable<Uint8Array>, lineBytesMax = 16): Promise<string[]> {
  const all: string[] = [];
  for await (const line of splitLines(chunks, lineBytesMax)) {
    all.push(line.ok ? new TextDecoder().decode(line.value) : line.code);
  }
  return all;
}

describe('splitLines', () => {
  it.each([
    ['nothing', [], []],
    ['one line', ['a\n'], ['a']],
    ['a last line without a newline', ['a\nb'], ['a', 'b']],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['lines across chunks', ['a', 'b\nc', '', 'd\n'], ['ab', 'cd']],
    ['a carriage return, which is no line break', ['a\r\n'], ['a\r']],
    ['a line of exactly the limit', [`${'x'.repeat(16)}\n`], ['x'.repeat(16)]],
    ['a line one past the limit, and goes on', [`${'x'.repeat(17)}\nok\n`], ['line_too_large', 'ok']],
    ['a line past the limit in small chunks', ['x'.repeat(10), 'x'.repeat(10), 'x\nok\n'], ['line_too_large', 'ok']],
    ['a line past the limit without an end', ['x'.repeat(40)], ['line_too_large']],
  ] as const)('%s', async (_, chunks, expected) => {
    expect(await lines(stream(...chunks))).toEqual(expected);
  });

  it('gives the same lines however the bytes are cut (property)', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '\n'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(80), { maxLength: 6 }), async (whole, cuts) => {
        const bytes = encode(whole);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index]!, end));
        const expected = whole.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(await lines(stream(...chunks), 1_000)).toEqual(expected);
      }),
    );
  });

  it('keeps 100 MB of one line out of memory', async () => {
    const chunk = new Uint8Array(65_536).fill(0x20);
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 100 * 1024 * 1024; sent += chunk.length) yield chunk;
      yield encode('\nok\n');
    }
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    const found: Line[] = [];
    let peak = 0;
    for await (const line of splitLines(endless(), 1024 * 1024)) {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
      found.push(line);
    }
    expect(found[0]).toEqual({ ok: false, code: 'line_too_large' });
    expect(found).toHaveLength(2);
    expect(peak).toBeLessThan(16 * 1024 * 1024);
  });

  it('hands on what the source throws', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield encode('a\nb');
      throw new Error('cut');
    }
    await expect(lines(broken())).rejects.toThrow('cut');
  });
});

describe('chunksOf', () => {
  it('gives nothing for no body', async () => {
    expect(await lines(chunksOf(null))).toEqual([]);
  });

  it('cancels the stream when it is left early', async () => {
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encode('a\n')),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const line of splitLines(chunksOf(source), 16)) {
      expect(line.ok).toBe(true);
      break;
    }
    expect(cancelled).toBe(true);
  });
});

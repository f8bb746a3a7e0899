/**
 * Splits a stream of bytes into lines at 0x0A, each at most `lineBytesMax` bytes. A longer line is thrown away as it
 * arrives and answered by `line_too_large`, so memory stays bounded whatever the sender does. A last line without a
 * newline counts; an empty rest after the last newline does not. Bytes are not decoded here.
 */
export type Line =
  | { readonly ok: true; readonly value: Uint8Array }
  | { readonly ok: false; readonly code: 'line_too_large' };

const NEWLINE = 0x0a;

export async function* splitLines(chunks: AsyncIterable<Uint8Array>, lineBytesMax: number): AsyncGenerator<Line> {
  const rest = new GrowingBytes(lineBytesMax);
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      rest.add(chunk.subarray(from, at));
      yield rest.take();
      from = at + 1;
    }
    if (from < chunk.length) rest.add(chunk.subarray(from));
  }
  if (rest.length > 0) yield rest.take();
}

/** The bytes of a line so far. One buffer that doubles, not a list of parts: a sender of single bytes must not cost an object each. */
class GrowingBytes {
  length = 0;
  readonly #bytesMax: number;
  #buffer = new Uint8Array(0);

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(part: Uint8Array): void {
    const length = this.length + part.length;
    if (length <= this.#bytesMax) {
      if (length > this.#buffer.length) this.#grow(length);
      this.#buffer.set(part, this.length);
    } else this.#buffer = new Uint8Array(0);
    this.length = length;
  }

  take(): Line {
    const line: Line =
      this.length <= this.#bytesMax
        ? { ok: true, value: this.#buffer.slice(0, this.length) }
        : { ok: false, code: 'line_too_large' };
    this.length = 0;
    return line;
  }

  #grow(length: number): void {
    const buffer = new Uint8Array(Math.min(this.#bytesMax, Math.max(length, this.#buffer.length * 2, 1024)));
    buffer.set(this.#buffer.subarray(0, this.length));
    this.#buffer = buffer;
  }
}

/** The chunks of a fetch body. Written out because some browsers cannot iterate a ReadableStream. Cancels it when left early. */
export async function* chunksOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (stream === null) return;
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        finished = true;
        return;
      }
      yield value;
    }
  } finally {
    // Nobody waits for the sender to agree; a stream that already failed has nothing left to cancel.
    if (!finished) reader.cancel().catch(() => undefined);
  }
}

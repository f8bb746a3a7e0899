/** Rows on a disk that is full, played by a limit on the size of files (the write fails, once the signal is listened to). */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const LIMIT_BLOCKS = 8_000; // of 512 bytes

/** Commits 60 KB an entry until one fails, then once more of each; says what happened, as JSON. */
const filler = `
  process.on('SIGXFSZ', () => undefined);
  const [, folder, module] = process.argv;
  const { openDataDirectory } = await import(module);
  const directory = await openDataDirectory(folder, new Uint8Array(16));
  const { store } = await directory.openLog('0');
  const bytes = (length, n) => new Uint8Array(length).fill(n);
  const commit = (size, bodyBytes) => {
    const key = bytes(32, size);
    const entry = { index: size, tag: bytes(16, 1), salt: bytes(16, 1), key, digest: key, body: bytes(bodyBytes, 1) };
    const rows = [{ table: 't', key, value: bytes(8, 1) }];
    return store.commit({ previousSize: size, head: { size: size + 1, range: [], timeMs: 1 }, entries: [entry], rows });
  };
  let size = 0;
  let failure;
  while (failure === undefined) await commit(size, 60_000).then(() => size++, (error) => { failure = error; });
  const again = await commit(size, 60_000).then(() => 'committed', (error) => error.message);
  const { size: head } = await store.readHead();
  const small = await commit(size, 10).then(() => 'committed', (error) => error.message);
  await new Promise((resolve) => setTimeout(resolve, 50)); // a rejection nobody listens to ends the process by now
  console.log(JSON.stringify({ size, failure: failure.message, cause: failure.cause?.message, again, head, small }));
  await directory.close();`;

it('a commit on a full disk fails, keeps nothing, and ends neither the process nor the commits that fit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-rows-full-'));
  try {
    const module = new URL('../index.ts', import.meta.url).href;
    const run = `ulimit -f ${LIMIT_BLOCKS}; exec "$0" --input-type=module -e "$1" "$2" "$3"`;
    const args = ['-c', run, process.execPath, filler, join(folder, 'data'), module];
    const said = JSON.parse(execFileSync('sh', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    expect(said.size).toBeGreaterThan(5);
    expect(said.head).toBe(said.size);
    expect(said.cause).toBeTypeOf('string');
    expect(said).toMatchObject({ failure: 'LMDB could not commit', again: said.failure, small: 'committed' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

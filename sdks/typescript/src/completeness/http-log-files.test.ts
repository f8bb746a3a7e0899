import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerProblem, type ScriptedServer, type Step, startScriptedServer } from '../../testing/scripted-server.ts';
import { ResponseError, ServerError } from '../errors/errors.ts';
import { askServer } from './ask-server.ts';
import { httpLogFiles } from './http-log-files.ts';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());

/** Answers these bytes, of a type nobody reads. */
const answerBytes =
  (bytes: Uint8Array): Step =>
  (response) => {
    response.writeHead(200, { 'content-type': 'x/y' }).end(bytes);
  };

const files = () => httpLogFiles({ url: `${server.url}/log/0/`, retryDelayMs: 1 });

it('reads the bytes of a path, whatever type they are said to have, and sends no credential', async () => {
  server.script(answerBytes(Uint8Array.of(0, 255, 7)));
  expect(await files()('tile/0/x001/000.p/3')).toEqual(Uint8Array.of(0, 255, 7));
  expect(server.seen).toMatchObject([{ method: 'GET', path: '/log/0/tile/0/x001/000.p/3' }]);
  expect(server.seen[0]!.headers).not.toHaveProperty('authorization');
});

it('says undefined for what is not there, and asks again where that may help', async () => {
  server.script(answerProblem(404, 'not_found'));
  expect(await files()('tile/0/000')).toBeUndefined();
  server.script(answerProblem(503, 'busy'), answerBytes(Uint8Array.of(0x78)));
  expect(await files()('checkpoint')).toEqual(Uint8Array.of(0x78));
  server.script(answerProblem(503, 'busy'));
  await expect(files()('checkpoint')).rejects.toBeInstanceOf(ServerError);
  server.script((response) => {
    response.writeHead(302, { location: '/' }).end();
  });
  await expect(files()('checkpoint')).rejects.toMatchObject({ code: 'redirect_refused' });
});

it('reads as much as the longest bundle has, and not one byte more', async () => {
  const longest = 256 * (2 + 65_535);
  server.script(answerBytes(new Uint8Array(longest)));
  expect((await files()('tile/entries/000'))?.length).toBe(longest);
  server.script(answerBytes(new Uint8Array(longest + 1)));
  const refused = files()('tile/entries/000');
  await expect(refused).rejects.toBeInstanceOf(ResponseError);
  await expect(refused).rejects.toMatchObject({ code: 'response_too_large' });
});

it('asks page by page, and never in a circle', async () => {
  const entry = { tag: new Uint8Array(16), salt: new Uint8Array(16), body: new Uint8Array(1) };
  const asked: unknown[] = [];
  const pages = new Map([
    [0n, { origin: 'o', entries: [{ index: 1n, ...entry }], next: 2n }],
    [2n, { origin: 'o', entries: [{ index: 3n, ...entry }], next: 2n }],
  ]);
  const client = {
    listEntries: async (query: { from: bigint | number; to: bigint | number }) => {
      asked.push(query);
      return pages.get(BigInt(query.from))!;
    },
  };
  const entries = await askServer(client, { origin: 'o' })({ from: 0n, to: 256n });
  expect(entries.map(({ index }) => index)).toEqual([1n, 3n]);
  expect(asked).toEqual([
    { from: 0n, to: 256n, origin: 'o' },
    { from: 2n, to: 256n, origin: 'o' },
  ]);
});

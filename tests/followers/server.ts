/**
 * The server with one more follower, as a process: `tally` counts in its rows how often each entry had its effect. While
 * FRACTAL_POISON is set it can't handle entries whose index is 3 modulo that number.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Follower, FollowerRows } from '@fractal/ledger';
import { closeOnSignals, startServer } from '@fractal/server';
import { utf8Decode, utf8Encode } from '@fractal/tlog';

export const TALLY = 'tally';

const { values } = parseArgs({
  options: { data: { type: 'string' }, port: { type: 'string' }, json: { type: 'boolean' } },
  allowPositionals: true,
});
const poison = Number(process.env.FRACTAL_POISON ?? '0');

const tally: Follower = {
  name: TALLY,
  version: 1,
  order: 'any',
  needs: 'entries',
  effect: 'rows',
  pace: { batchEntriesMax: 8, pollMs: 5, attemptsMax: 2, backOffFirstMs: 1, backOffMaxMs: 10, share: 0.9 },
  async handle({ log, entries }, rows) {
    for (const { index } of entries) {
      if (poison > 0 && index % poison === 3) throw new TypeError(`the poison at ${index}`);
    }
    return { rows: await Promise.all(entries.map(({ index }) => oneMore(rows, `${log}/${index}`))) };
  },
};

async function oneMore(rows: FollowerRows, place: string) {
  const key = utf8Encode(place);
  const before = await rows.read(key);
  return { key, value: utf8Encode(String(1 + Number(before === undefined ? 0 : utf8Decode(before)))) };
}

const server = await startServer({
  dataDir: resolve(values.data!),
  port: Number(values.port),
  workers: 1,
  publishIntervalMs: 20,
  followers: [tally],
  scrub: { entriesPerSecondMax: 20_000, lapRestMs: 50 },
});
const ended = closeOnSignals(server);
console.log(
  JSON.stringify({
    url: server.url,
    admin_token_file: server.adminTokenFile,
    api_key_file: server.apiKeyFile,
    vkey_file: server.vkeyFile,
    log_dir: server.logDir,
  }),
);
const failure = await ended;
if (failure !== undefined) throw failure;

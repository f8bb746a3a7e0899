/**
 * A witness over the embedded store that is asked without pause, for the test that kills it: for each log in turn, two
 * branches of it at once, then the same logs again. Prints a line for each cosignature that left: log, branch, size, root.
 *
 *     node asked-witness.ts <data directory> <first log>
 */
import { randomBytes } from 'node:crypto';
import { cosigner } from '@fractal/ledger';
import { type SmallLog, smallLog } from '@fractal/ledger/testing';
import { openDataDirectory, witnessRows } from '@fractal/store-embedded';
import { makeVerifierKey, nobleEd25519, toHex } from '@fractal/tlog';

const SECRET_KEY = new Uint8Array(32).fill(3);
const NAME = 'witness.example/killed';
/** Logs asked for again after each new one: those that a kill may have caught half way. */
const AGAIN = 3;
const SIZE = 4;

const [path, first] = process.argv.slice(2);
const directory = await openDataDirectory(path!, randomBytes(16));
const made = makeVerifierKey({ name: NAME, type: 4, publicKey: nobleEd25519.publicKey(SECRET_KEY) });
if (!made.ok) throw new Error(made.code);
const { keyValue, checkSession } = directory;
const store = witnessRows({ keyValue, checkSession, verifierKey: made.value });

async function ask(log: SmallLog, name: string): Promise<void> {
  const witness = cosigner({
    name: NAME,
    secretKey: SECRET_KEY,
    logKeys: [log.verifierKey],
    store,
    clock: { nowMs: () => Date.now() },
    ed25519: nobleEd25519,
  });
  for (const size of [1, SIZE]) {
    const held = (await store.read(log.origin))?.size ?? 0n;
    if (held > BigInt(size)) continue;
    const answer = await witness.addCheckpoint(await log.request(Number(held), size));
    if (answer.kind === 'cosigned') process.stdout.write(`${log.origin} ${name} ${size} ${toHex(log.rootAt(size))}\n`);
  }
}

for (let n = Number(first); ; n += 1) {
  for (let at = Math.max(0, n - AGAIN); at <= n; at += 1) {
    const origin = `killed.example/${at}`;
    const branches = [smallLog({ origin }), smallLog({ origin, forkAt: 1 }), smallLog({ origin, forkAt: 0 })];
    await Promise.all(branches.map((branch, which) => ask(branch, String(which))));
  }
}

/** A cosigned log that changes its key: what the witnesses signed of a tree stays with it, whoever else signs it. */
import {
  formatVerifierKey,
  nobleEd25519,
  noteSigner,
  parseNote,
  parsePolicy,
  sha256,
  utf8Encode,
  verifyCheckpoint,
} from '@fractal/tlog';
import { expect, it } from 'vitest';
import type { Witness } from '../ports/witness.ts';
import { type MemoryPublicFiles, virtualClock } from '../testing/memory-parts.ts';
import { MemoryWitnessStore } from '../testing/memory-witness-store.ts';
import { entryOf, ORIGIN, openMemoryLedger, ownSigner, parsedVerifierKey } from '../testing/open-memory-ledger.ts';
import { cosigner } from '../witness/cosigner.ts';
import { formatAddCheckpoint } from '../witness/request.ts';
import { WITNESSED_PATH } from './cosigning.ts';

const next = noteSigner({ name: ORIGIN, secretKey: sha256(utf8Encode('the next key')) });
const NAME = 'witness.example/1';

function namesIn(files: MemoryPublicFiles, path = 'checkpoint'): string[] {
  const note = parseNote(new TextDecoder().decode(files.files.get(path)));
  if (!note.ok) throw new Error(note.code);
  return note.value.signatures.map(({ name, keyId }) =>
    name === NAME ? 'witness' : keyId === next.verifierKey.keyId ? 'new key' : 'old key',
  );
}

it('keeps its cosignatures when it is signed again, and is cosigned on under both keys', async () => {
  const clock = virtualClock();
  const engine = cosigner({
    name: NAME,
    secretKey: sha256(utf8Encode(NAME)),
    logKeys: [parsedVerifierKey()],
    store: new MemoryWitnessStore(),
    clock,
    ed25519: nobleEd25519,
  });
  const witness: Witness = {
    name: NAME,
    verifierKey: engine.verifierKey,
    async addCheckpoint(request) {
      const answer = await engine.addCheckpoint(utf8Encode(formatAddCheckpoint(request)));
      return answer.kind === 'cosigned' ? answer : { kind: 'refused', fault: 'request_refused' };
    },
  };
  const policy = parsePolicy(
    `log ${formatVerifierKey(parsedVerifierKey())}\nwitness w ${formatVerifierKey(engine.verifierKey)}\nquorum w\n`,
  );
  if (!policy.ok) throw new Error(policy.code);
  const { ledger, files } = await openMemoryLedger({
    clock,
    witnessing: { policy: policy.value, witnesses: [witness] },
  });
  await ledger.append(entryOf(0));
  expect(await ledger.waitWitnessed(0, 60_000)).toBe('witnessed');
  expect(namesIn(files)).toEqual(['old key', 'witness']);

  await ledger.signBy([next, ownSigner()]);
  expect(namesIn(files)).toEqual(['new key', 'old key', 'witness']);
  await ledger.append(entryOf(1));
  expect(await ledger.waitWitnessed(1, 60_000)).toBe('witnessed');
  expect(namesIn(files)).toEqual(['new key', 'old key', 'witness']);
  expect(namesIn(files, WITNESSED_PATH)).toEqual(['new key', 'old key', 'witness']);
  const checkpoint = files.files.get('checkpoint')!;
  for (const verifierKey of [next.verifierKey, parsedVerifierKey()]) {
    const verified = verifyCheckpoint({ checkpoint, origin: ORIGIN, verifierKey, witnessKeys: [engine.verifierKey] });
    expect(verified).toMatchObject({ ok: true, value: { size: 2n, cosigned: [{ name: NAME }] } });
  }

  // A witness that was not told the new key has no log to cosign any more once the old one is silent.
  await ledger.signBy([next]);
  expect(namesIn(files)).toEqual(['new key', 'witness']);
  await ledger.append(entryOf(2));
  expect(await ledger.waitWitnessed(2, 60_000)).toBe('published');
  expect(namesIn(files)).toEqual(['new key']);
  await ledger.close();
});

/** A log gets a new key while it is served; a crash at any line of the change is finished at the next start. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyring } from '@fractal/store-embedded';
import { formatVerifierKey, noteSigner, parseNote, parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyBody } from '../testing/records.ts';
import { removeData, type StartedServer, startTestServer } from '../testing/started-server.ts';
import { formatRotation, parseRotation } from './log-keys.ts';

const DAY_MS = 86_400_000;
let nowMs = Date.now();
const clock = { nowMs: () => nowMs };

function keyOf(text: string) {
  const parsed = parseVerifierKey(text);
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value;
}

/** Which of these keys signed the public checkpoint. */
async function signersOf(started: StartedServer, keys: readonly string[], log = '0'): Promise<string[]> {
  const note = parseNote((await started.call('GET', `/log/${log}/checkpoint`, { key: null })).text);
  if (!note.ok) throw new Error(note.code);
  return keys.filter((key) => note.value.signatures.some(({ keyId }) => keyId === keyOf(key).keyId));
}

async function receipt(started: StartedServer): Promise<string> {
  const answer = await started.call('POST', '/v1/verify', { body: verifyBody(started.hmac).body });
  expect(answer.status, answer.text).toBe(200);
  return answer.json().receipt;
}

const verifies = (text: string, key: string): boolean => verifyReceipt({ receipt: text, verifierKey: keyOf(key) }).ok;
const vkeyOf = async (started: StartedServer) => (await readFile(started.server.vkeyFile, 'utf8')).trim();
const published = async (started: StartedServer, log = '0') =>
  (await started.call('GET', `/log/${log}/vkeys`, { key: null })).text.trim().split('\n');

async function rotationsLogged(started: StartedServer): Promise<Record<string, unknown>[]> {
  const { entries } = (await started.admin('GET', '/admin/v1/access?limit=1000')).json();
  return entries
    .map(({ decision }: { decision: Record<string, unknown> }) => decision)
    .filter(({ op }: { op?: string }) => op === 'rotate_log');
}

const rotate = (started: StartedServer, overlapSeconds: number, log = '0') =>
  started.admin('POST', `/admin/v1/logs/${log}/key/rotate`, { overlap_seconds: overlapSeconds });

describe('a new key for a log', () => {
  let started: StartedServer;
  let oldKey: string;
  let newKey: string;
  let oldReceipt: string;
  beforeAll(async () => {
    started = await startTestServer({ clock });
    oldKey = await vkeyOf(started);
    oldReceipt = await receipt(started);
  });
  afterAll(() => started.stop());

  it('signs beside the old one at once, is told to strangers, and is in the control log', async () => {
    const answer = await rotate(started, 7 * 86_400);
    expect(answer.status, answer.text).toBe(200);
    newKey = await vkeyOf(started);
    const { origin } = started.server;
    expect(answer.json()).toMatchObject({ log: '0', origin, old_key: oldKey, new_key: newKey });
    expect(keyOf(newKey).name).toBe(origin);
    expect(newKey).not.toBe(oldKey);
    expect(await published(started)).toEqual([newKey, oldKey]);
    expect(await signersOf(started, [oldKey, newKey])).toEqual([oldKey, newKey]);
    const fresh = await receipt(started);
    expect([verifies(fresh, oldKey), verifies(fresh, newKey), verifies(oldReceipt, oldKey)]).toEqual([
      true,
      true,
      true,
    ]);
    const [logged] = await rotationsLogged(started);
    expect(logged).toMatchObject({ kind: 'key', log: '0', oldKey, newKey, size: answer.json().size });
    const checkpoint = parseNote(String(logged!.checkpoint));
    expect(checkpoint.ok && checkpoint.value.signatures.map(({ keyId }) => keyId).sort()).toEqual(
      [keyOf(oldKey).keyId, keyOf(newKey).keyId].sort(),
    );
  });

  it('is refused while both still sign, for a log that is not there, and for an overlap that is none', async () => {
    const again = await rotate(started, 0);
    expect([again.status, again.json().code]).toEqual([409, 'log_key_overlap']);
    expect((await rotate(started, 1, '9')).status).toBe(404);
    expect((await started.call('GET', '/log/9/vkeys', { key: null })).status).toBe(404);
    for (const wrong of [-1, 1.5, 10 * 366 * 86_400 + 1]) expect((await rotate(started, wrong)).status).toBe(400);
  });

  it('goes on over a restart, and signs alone once the overlap is over', async () => {
    started = await started.restart();
    expect(await vkeyOf(started)).toBe(newKey);
    await receipt(started);
    expect(await signersOf(started, [oldKey, newKey])).toEqual([oldKey, newKey]);
    nowMs += 8 * DAY_MS;
    started = await started.restart();
    const late = await receipt(started);
    expect([verifies(late, oldKey), verifies(late, newKey)]).toEqual([false, true]);
    expect(verifies(oldReceipt, oldKey)).toBe(true);
    expect(await published(started)).toEqual([newKey, oldKey]);
    const keyring = await openKeyring({ file: join(started.dataDir, 'keys', 'keyring') });
    expect(keyring.generations('log-signer/0')).toEqual([2]);
    expect(await rotationsLogged(started)).toHaveLength(1);
  });

  it('can be changed again, without an overlap, and for the control log too', async () => {
    const third = (await rotate(started, 0)).json();
    expect(third).toMatchObject({ old_key: newKey });
    expect(await published(started)).toEqual([third.new_key, newKey, oldKey]);
    expect(await signersOf(started, [oldKey, newKey, third.new_key])).toEqual([third.new_key]);
    const ofControl = (await rotate(started, 60, 'control')).json();
    expect(await published(started, 'control')).toEqual([ofControl.new_key, ofControl.old_key]);
    expect(await signersOf(started, [ofControl.old_key, ofControl.new_key], 'control')).toHaveLength(2);
    started = await started.restart();
    expect(verifies(await receipt(started), third.new_key)).toBe(true);
    expect(await rotationsLogged(started)).toHaveLength(3);
  });
});

describe('a crash', () => {
  /** What is durable after each line of a change; each has those before it. */
  const lines = ['new seed', 'rotation file', 'all keys', 'the key of now', 'both signatures', 'control log'] as const;

  it.each(lines)(
    'after "%s" leaves a log that goes on under a key it knows, with the change made once or not at all',
    async (line) => {
      let started = await startTestServer({ clock });
      const oldKey = await vkeyOf(started);
      const { origin } = started.server;
      const before = await receipt(started);
      await started.server.close();
      const keys = join(started.dataDir, 'keys');
      const done = lines.slice(0, lines.indexOf(line) + 1);
      const secret = new Uint8Array(randomBytes(32));
      const newKey = formatVerifierKey(noteSigner({ name: origin, secretKey: secret }).verifierKey);
      const keyring = await openKeyring({ file: join(keys, 'keyring') });
      await keyring.add({ name: 'log-signer/0', generation: 2, createdMs: 1, secret });
      const rotation = { oldKey, newKey, overlapUntilMs: nowMs + DAY_MS, isLogged: false };
      if (done.includes('rotation file')) await writeFile(join(keys, '0.rotation.json'), formatRotation(rotation));
      if (done.includes('all keys')) await writeFile(join(keys, '0.vkeys'), `${newKey}\n${oldKey}\n`);
      if (done.includes('the key of now')) await writeFile(join(keys, '0.vkey'), `${newKey}\n`);
      if (done.includes('both signatures')) {
        started = await startTestServer({ clock, dataDir: started.dataDir });
        await started.server.close();
        // As if it had died before the control log was told, or before it noted that it had told it.
        await writeFile(join(keys, '0.rotation.json'), formatRotation(rotation));
      }
      started = await startTestServer({ clock, dataDir: started.dataDir });
      const isMade = done.includes('rotation file');
      const fresh = await receipt(started);
      expect([verifies(fresh, oldKey), verifies(fresh, newKey)]).toEqual([true, isMade]);
      expect(verifies(before, oldKey)).toBe(true);
      expect(await published(started)).toEqual(isMade ? [newKey, oldKey] : [oldKey]);
      expect(await rotationsLogged(started)).toHaveLength(isMade ? 1 : 0);
      if (!isMade) expect((await rotate(started, 60)).json()).toMatchObject({ old_key: oldKey, new_key: newKey });
      expect(await vkeyOf(started)).toBe(newKey);
      await started.stop();
    },
  );

  it('between the new checkpoint and the forgetting of the old key ends the overlap at the next start', async () => {
    let started = await startTestServer({ clock });
    const oldKey = await vkeyOf(started);
    const { new_key: newKey } = (await rotate(started, 60)).json();
    await started.server.close();
    nowMs += DAY_MS;
    for (let n = 0; n < 2; n += 1) {
      started = await startTestServer({ clock, dataDir: started.dataDir });
      expect(await signersOf(started, [oldKey, newKey])).toEqual([newKey]);
      expect(existsSync(join(started.dataDir, 'keys', '0.rotation.json'))).toBe(false);
      await started.server.close();
      const isLogged = { oldKey, newKey, overlapUntilMs: nowMs - 1, isLogged: true };
      await writeFile(join(started.dataDir, 'keys', '0.rotation.json'), formatRotation(isLogged));
    }
    await removeData(started.dataDir);
  });

  it('never lets a log sign by a key whose file was swapped', async () => {
    const started = await startTestServer({ clock });
    await receipt(started);
    await started.server.close();
    const stranger = formatVerifierKey(
      noteSigner({ name: started.server.origin, secretKey: new Uint8Array(32).fill(5) }).verifierKey,
    );
    await writeFile(join(started.dataDir, 'keys', '0.vkey'), `${stranger}\n`);
    const opening = startTestServer({ clock, dataDir: started.dataDir });
    await expect(opening).rejects.toMatchObject({ code: 'log_identity_lost' });
    await removeData(started.dataDir);
  });
});

it('reads a rotation file as it was written, and nothing else as one', () => {
  const rotation = fc.record({
    oldKey: fc.string(),
    newKey: fc.string(),
    overlapUntilMs: fc.nat(),
    isLogged: fc.boolean(),
  });
  fc.assert(
    fc.property(rotation, (given) => {
      expect(parseRotation(formatRotation(given))).toEqual(given);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const parsed = parseRotation(text);
      if (parsed !== undefined) expect(parseRotation(formatRotation(parsed))).toEqual(parsed);
    }),
  );
});

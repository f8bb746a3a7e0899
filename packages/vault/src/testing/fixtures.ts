/** Clock, randomness and content for tests: the same at every run. */
import { type ContentItem, merkleRoot, pcsId } from '@fractal/record';
import { sha256, uint64ToBytes } from '@fractal/tlog';
import type { Clock, Rng } from '../ports/clock.ts';
import type { ContentAddress } from '../ports/vault-store.ts';

export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(startMs = 1_700_000_000_000): TestClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}

/** SHA-256 of a counter: never the same bytes twice. */
export function testRng(): Rng {
  let counter = 0n;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let offset = 0; offset < length; offset += 32) {
        bytes.set(sha256(uint64ToBytes(counter++)).subarray(0, Math.min(32, length - offset)), offset);
      }
      return bytes;
    },
  };
}

export interface TestContent extends ContentAddress {
  readonly items: ContentItem[];
}

export function testContent(tenant: string, number: number, text = `output ${number}`): TestContent {
  const salt = (kind: number): Uint8Array => sha256(uint64ToBytes(BigInt(number * 4 + kind))).subarray(0, 16);
  const items: ContentItem[] = [
    { kind: 'prompt', salt: salt(0), text: `prompt ${number}` },
    { kind: 'output', salt: salt(1), text },
    { kind: 'evidence', salt: salt(2), text: 'Größe 3 €', id: 'passage-1' },
  ];
  return { tenant, pcsId: pcsId({ merkleRoot: merkleRoot(items), epoch: number, stream: 's' }), items };
}

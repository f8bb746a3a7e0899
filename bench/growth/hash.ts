/** What a SHA-256 costs in CPU time, garbage collection included: the pure one beside the native one that the server hands in. */
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';
import { sha256 } from '@fractal/tlog';
import { round } from '../harness/statistics.ts';

export interface HashCost {
  readonly bytes: number;
  readonly pureUs: number;
  readonly nodeUs: number;
}

const HASHES = 200_000;
/** Results kept for a while, as the nodes of a tree are. */
const KEPT = 5_000;
const ROUNDS = 3;

/** Call it where `useSha256` was not called. */
export function hashCosts(): HashCost[] {
  return [65, 120, 300, 1_000].map((bytes) => ({
    bytes,
    pureUs: costUs(sha256, bytes),
    nodeUs: costUs(nodeSha256, bytes),
  }));
}

/** The cheapest of a few rounds: what else the machine does only adds. */
function costUs(hash: (bytes: Uint8Array) => Uint8Array, bytes: number): number {
  const input = new Uint8Array(bytes).fill(7);
  const kept = new Array<Uint8Array>(KEPT);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < HASHES; i += 1) {
      input[0] = i;
      kept[i % KEPT] = hash(input);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / HASHES;
  });
  return round(Math.min(...rounds), 2);
}

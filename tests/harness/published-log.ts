/**
 * Reads a published log directory (C2SP tlog-tiles) and recomputes RFC 6962 roots from its entry bundles alone. It
 * shares no code with packages/tlog: it is the second opinion of suites that check what that package wrote.
 * It does not check signatures.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type PublishedLog = {
  origin: string;
  size: number;
  /** Root of the published checkpoint, standard base64. */
  root: string;
  /** The entries of the bundles, first to last; exactly `size` of them. */
  entries: Buffer[];
};

export function readPublishedLog(directory: string): PublishedLog {
  const [origin, sizeText, root] = readFileSync(join(directory, 'checkpoint'), 'utf8').split('\n');
  if (origin === undefined || root === undefined || !/^(0|[1-9]\d*)$/.test(sizeText ?? '')) {
    throw new Error(`${directory}/checkpoint is no checkpoint`);
  }
  const size = Number(sizeText);
  const entries: Buffer[] = [];
  for (let bundle = 0; bundle * 256 < size; bundle++) {
    const width = Math.min(256, size - bundle * 256);
    entries.push(...readBundle(directory, bundle, width));
  }
  return { origin, size, root, entries };
}

function readBundle(directory: string, index: number, width: number): Buffer[] {
  const full = join(directory, 'tile', 'entries', groupsOfThree(index));
  const path = width < 256 && !existsSync(full) ? join(`${full}.p`, String(width)) : full;
  const bytes = readFileSync(path);
  const entries: Buffer[] = [];
  let at = 0;
  for (; at < bytes.length && entries.length < width; ) {
    const length = bytes.readUInt16BE(at);
    entries.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (entries.length !== width || at > bytes.length) throw new Error(`${path} holds ${entries.length} entries`);
  return entries;
}

/** 1234067 → x001/x234/067 */
function groupsOfThree(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/.{3}/g)!;
  return groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/');
}

export function leafHashOf(entry: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(0)).update(entry).digest();
}

function nodeHashOf(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** The RFC 6962 root, in base64, of the first n entries for each n asked for. */
export function rootsAt(entries: readonly Uint8Array[], sizes: Iterable<number>): Map<number, string> {
  const wanted = new Set(sizes);
  const roots = new Map<number, string>();
  /** Roots of the maximal full subtrees, largest first. */
  const stack: { height: number; hash: Buffer }[] = [];
  for (let n = 0; n <= entries.length; n++) {
    if (wanted.has(n)) roots.set(n, rootOfStack(stack).toString('base64'));
    if (n === entries.length) break;
    let top = { height: 0, hash: leafHashOf(entries[n]!) };
    while (stack.at(-1)?.height === top.height) {
      top = { height: top.height + 1, hash: nodeHashOf(stack.pop()!.hash, top.hash) };
    }
    stack.push(top);
  }
  return roots;
}

function rootOfStack(stack: readonly { hash: Buffer }[]): Buffer {
  if (stack.length === 0) return createHash('sha256').digest();
  return stack.map(({ hash }) => hash).reduceRight((right, left) => nodeHashOf(left, right));
}

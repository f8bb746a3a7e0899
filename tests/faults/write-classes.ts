/**
 * Every write of the store has a name here: which file it is of, and what is done to it. The suite counts the writes of a
 * scripted server by the fault layer's trace; one that no line of this table knows makes it fail with its path, so that a new
 * write cannot come into the store without a decision about its faults.
 */
import { relative } from 'node:path/posix';
import type { TracedCall } from '../harness/fault-plan.ts';

/** Where the server is in its life when it writes. */
export type Phase = 'first start' | 'serving' | 'restart';

type Rule = {
  /** Name of the row in the table. */
  what: string;
  /**
   * Path from the data directory; what is drawn at random (session tokens, origins) is written S, `.new` is cut off, a
   * temporary file has its final name.
   */
  path: RegExp;
  operations: readonly string[];
  /** Offsets in the file, [from, to). */
  range?: readonly [number, number];
};

const PAGE_BYTES = 4_096;
const META: readonly [number, number] = [0, 2 * PAGE_BYTES];
const PAGES: readonly [number, number] = [2 * PAGE_BYTES, 2 ** 52];
const NEW_FILE = ['open', 'write', 'sync', 'rename'] as const;

const RULES: readonly Rule[] = [
  { what: 'rows: pages', path: /^rows\/data\.mdb$/, operations: ['write'], range: PAGES },
  { what: 'rows: meta page', path: /^rows\/data\.mdb$/, operations: ['write'], range: META },
  { what: 'rows', path: /^rows\/(data|lock)\.mdb$/, operations: ['open', 'sync', 'truncate'] },
  { what: 'vault: pages', path: /^vault\/data\.mdb$/, operations: ['write'], range: PAGES },
  { what: 'vault: meta page', path: /^vault\/data\.mdb$/, operations: ['write'], range: META },
  { what: 'vault', path: /^vault\/(data|lock)\.mdb$/, operations: ['open', 'sync', 'truncate'] },
  { what: 'followers: pages', path: /^followers\/data\.mdb$/, operations: ['write'], range: PAGES },
  { what: 'followers: meta page', path: /^followers\/data\.mdb$/, operations: ['write'], range: META },
  { what: 'followers', path: /^followers\/(data|lock)\.mdb$/, operations: ['open', 'sync', 'truncate'] },
  { what: 'room for followers', path: /^followers\/room$/, operations: ['open', 'write', 'sync', 'unlink'] },
  { what: 'checkpoint guard', path: /^\.\.\/data\.guard\/[^/]+\/\d+b?$/, operations: [...NEW_FILE, 'unlink'] },
  { what: 'bundle', path: /^log\/[^/]+\/tile\/entries\/(x\d{3}\/)*\d{3}(\.p\/\d+)?$/, operations: NEW_FILE },
  { what: 'tile', path: /^log\/[^/]+\/tile\/\d+\/(x\d{3}\/)*\d{3}(\.p\/\d+)?$/, operations: NEW_FILE },
  { what: 'obsolete partials', path: /^log\/[^/]+\/tile\/.*\.p(\/\d+)?$/, operations: ['unlink', 'rmdir'] },
  { what: 'checkpoint', path: /^log\/[^/]+\/checkpoint$/, operations: NEW_FILE },
  { what: 'keyring', path: /^keys\/keyring$/, operations: [...NEW_FILE, 'unlink'] },
  { what: 'verifier key', path: /^keys\/[^/]+\.vkey$/, operations: NEW_FILE },
  { what: 'API key', path: /^keys\/api-key$/, operations: NEW_FILE },
  { what: 'admin token', path: /^keys\/admin-token$/, operations: NEW_FILE },
  { what: 'format.json', path: /^format\.json$/, operations: NEW_FILE },
  { what: 'unfinished file', path: /^temporary\/[^/]+\/S-\d+$/, operations: ['unlink'] },
  { what: 'folder of tiles', path: /^log\/[^/]+\/tile(\/.*)?$/, operations: ['mkdir', 'sync'] },
  { what: 'folder of the log', path: /^log\/[^/]+$/, operations: ['mkdir', 'sync'] },
  { what: 'folder of unfinished files', path: /^temporary(\/[^/]+)?$/, operations: ['mkdir'] },
  { what: 'folder keys', path: /^keys$/, operations: ['mkdir', 'sync'] },
  { what: 'folder rows', path: /^rows$/, operations: ['mkdir', 'sync'] },
  { what: 'folder vault', path: /^vault$/, operations: ['mkdir', 'sync'] },
  { what: 'folder log', path: /^log$/, operations: ['mkdir', 'sync'] },
  { what: 'folder followers', path: /^followers$/, operations: ['mkdir', 'sync'] },
  { what: 'folder of the guard', path: /^\.\.\/data\.guard(\/[^/]+)?$/, operations: ['mkdir', 'sync'] },
  { what: 'data directory', path: /^\.$/, operations: ['mkdir', 'sync'] },
  { what: 'folder above', path: /^\.\.$/, operations: ['sync'] },
];

const WORDS: Readonly<Record<string, string>> = {
  open: 'made',
  write: 'written',
  sync: 'synced',
  truncate: 'sized',
  rename: 'put in place',
  unlink: 'removed',
  rmdir: 'removed (folder)',
  mkdir: 'made',
};

/** One counted write: its class, and how to meet it again. */
export type Write = {
  phase: Phase;
  what: string;
  operation: string;
  /** `what`, and what is done to it in a word: a row of the table. */
  name: string;
  /** Final path from the data directory. */
  path: string;
  /** Glob below the folder that holds data directory and guard, and which of the calls that match it in this phase. */
  glob: string;
  nth: number;
  range: readonly [number, number] | undefined;
};

/** A session's token, or what a new log's origin is told apart by. */
const DRAWN = /[0-9a-f]{32}|(?<=%2F)[0-9a-f]{16}(?=%2F)/;

/** Path with what is drawn at random left out. */
export function withoutDrawn(path: string): string {
  return path.replace(DRAWN, 'S');
}

/** Path from the data directory `folder`/data. */
function fromData(folder: string, path: string): string {
  return relative(`${folder}/data`, path) || '.';
}

/** The writes of one phase, in order; `unknown` are those that no rule knows, as text. */
export function classify(
  calls: readonly TracedCall[],
  folder: string,
  phase: Phase,
): { writes: Write[]; unknown: string[] } {
  const finalNames = new Map<string, string>();
  for (const { operation, path, other } of calls) {
    if (operation === 'rename' && other !== undefined) finalNames.set(path, other);
  }
  const writes: Write[] = [];
  const unknown: string[] = [];
  const seen = new Map<string, number>();
  for (const call of calls) {
    const final = fromData(folder, finalNames.get(call.path) ?? call.path);
    const path = withoutDrawn(final.replace(/\.new$/, ''));
    const rule = RULES.find((each) => matches(each, path, call));
    if (rule === undefined) {
      unknown.push(`${call.operation} ${path}`);
      continue;
    }
    const glob = relative(folder, call.path).replace(DRAWN, (drawn) => '?'.repeat(drawn.length));
    const id = `${call.operation} ${glob} ${rule.range}`;
    const nth = (seen.get(id) ?? 0) + 1;
    seen.set(id, nth);
    const name = `${rule.what}, ${WORDS[call.operation] ?? call.operation}`;
    writes.push({ phase, what: rule.what, operation: call.operation, name, path, glob, nth, range: rule.range });
  }
  return { writes, unknown };
}

function matches({ path: pattern, operations, range }: Rule, path: string, call: TracedCall): boolean {
  if (!pattern.test(path) || !operations.includes(call.operation)) return false;
  return range === undefined || (call.offset >= range[0] && call.offset < range[1]);
}

/** Place of a class among the others, for an order that no thread pool decides. */
export function orderOf({ what, operation }: Write): number {
  const place = RULES.findIndex((rule) => rule.what === what);
  return place * 16 + Object.keys(WORDS).indexOf(operation);
}

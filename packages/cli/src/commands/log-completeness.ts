/** `fractal log completeness`: whether a server withholds entries of a tenant, by the public log and what the tenant holds. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  askServer,
  type Completeness,
  checkCompleteness,
  entryOfReceipt,
  Fractal,
  FractalError,
  type HeldEntry,
  httpLogFiles,
  type ReadEntries,
} from '@fractal/sdk';
import { fromBase64, parseReceipt, toBase64 } from '@fractal/tlog';
import { readApiKey } from '../input/secret-file.ts';
import { readBytes, type TrustOptions, trustOf } from '../input/trust.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';

export interface LogCompletenessOptions extends TrustOptions {
  readonly url: string;
  /** Name of the log below `/log/`. */
  readonly log: string;
  readonly apiKeyFile: string;
  /** Keeps the tag key: written when it is not there yet. */
  readonly tagKeyFile?: string;
  /** Folder of receipts that the tenant kept, `*.tlog-proof`. */
  readonly receipts?: string;
  /** Keeps the checkpoint of the last complete check: where the next one goes on. */
  readonly state?: string;
  readonly json?: boolean;
}

/** 0 when every leaf of the tenant is accounted for, 1 when not or when the log is not what it must be. */
export async function logCompleteness(options: LogCompletenessOptions): Promise<ExitCode> {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(options.log)) throw new CommandError(EXIT.usage, `--log ${options.log}: no name`);
  const trust = await trustOf(options);
  const client = new Fractal({ url: options.url, apiKey: await readApiKey(options.apiKeyFile) });
  const publicFile = httpLogFiles({ url: `${options.url.replace(/\/+$/, '')}/log/${options.log}` });
  const after = options.state === undefined ? undefined : await textIfThere(options.state);
  const origin = originOf((await serverSays(() => publicFile('checkpoint'))) ?? new Uint8Array(0));
  const kept = options.receipts === undefined ? undefined : await receiptsIn(options.receipts, origin);
  const checked = await serverSays(async () =>
    checkCompleteness({
      ...trust,
      tagKey: await tagKeyOf(client, options.tagKeyFile),
      readFile: publicFile,
      ask: askServer(client, { origin }),
      ...(kept === undefined ? {} : { held: kept.read }),
      ...(after === undefined ? {} : { after }),
      ...(options.json === true ? {} : { onProgress: progressLine() }),
    }),
  );
  if (!checked.ok) {
    const detail = checked.detail === undefined ? '' : ` (${checked.detail})`;
    if (options.json === true) console.log(JSON.stringify({ ok: false, code: checked.code }));
    else console.log(`${style(['bold', 'red'], 'REFUSED')}  the log does not hold: ${checked.code}${detail}`);
    return EXIT.refused;
  }
  const { complete, checkpoint, size } = checked.value;
  if (complete && options.state !== undefined) await replaceFile(options.state, checkpoint);
  const ahead = kept?.ahead(size) ?? 0;
  console.log(options.json === true ? asJson(checked.value, ahead) : asText(checked.value, ahead));
  return complete ? EXIT.ok : EXIT.refused;
}

function asText(found: Completeness, ahead: number): string {
  const { origin, from, size, own, held, given, complete } = found;
  const since = from === 0n ? '' : ` from entry ${from} on`;
  const lines = [
    complete
      ? `${style(['bold', 'green'], 'COMPLETE')}  nothing of this tenant is withheld`
      : `${style(['bold', 'red'], 'INCOMPLETE')}  not every leaf of this tenant is accounted for`,
    `  log        ${origin}, ${size} entries${since}; each leads to the signed root`,
    `  own        ${own} leaves with this tenant's tag: ${held} held, ${given} given by the server`,
  ];
  const kinds = [
    ['withheld', found.missing, 'in the log, and nobody shows the entry'],
    ['altered', found.altered, 'the entry is not what its leaf commits to'],
    ['unknown', found.unknown, 'an entry whose leaf has not the tag: of another tenant, log or tag key'],
  ] as const;
  for (const [name, { count, first }, meaning] of kinds) {
    if (count === 0) continue;
    const more = count > SHOWN ? `, and ${count - SHOWN} more` : '';
    lines.push(`  ${name.padEnd(10)} ${count}: ${first.slice(0, SHOWN).join(', ')}${more} (${meaning})`);
  }
  if (ahead > 0) lines.push(`  ahead      ${ahead} receipts are of entries that the checkpoint does not cover yet`);
  if (own === 0) lines.push('  note       no leaf has a tag of this key: compare it with a receipt you hold');
  return lines.join('\n');
}

/** Indices shown on one line; --json has more. */
const SHOWN = 20;

function asJson(found: Completeness, ahead: number): string {
  const { complete, origin, from, size, root, own, held, given } = found;
  const indices = ({ count, first }: Completeness['missing']) => ({ count, first: first.map(String) });
  return JSON.stringify({
    ok: true,
    complete,
    origin,
    from: String(from),
    size: String(size),
    root,
    own,
    held,
    given,
    ahead,
    withheld: indices(found.missing),
    altered: indices(found.altered),
    unknown: indices(found.unknown),
  });
}

interface Kept {
  readonly read: ReadEntries;
  /** How many are of entries at or beyond a size. */
  ahead(size: bigint): number;
}

/** The receipts of a folder that are of this log, by the bundle of their entry; each is read again when its turn comes. */
async function receiptsIn(folder: string, origin: string): Promise<Kept> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.usage, `cannot read the folder ${folder}: ${cause.code ?? cause.message}`, { cause });
  });
  const byBundle = new Map<bigint, string[]>();
  const indices: bigint[] = [];
  for (const name of names.filter((each) => each.endsWith('.tlog-proof'))) {
    const file = join(folder, name);
    const receipt = parseReceipt(await readBytes(file));
    if (!receipt.ok) throw new CommandError(EXIT.usage, `${file} is no receipt: ${receipt.code}`);
    if (!receipt.value.checkpoint.startsWith(`${origin}\n`)) continue;
    const { index } = receipt.value;
    indices.push(index);
    byBundle.set(index / 256n, [...(byBundle.get(index / 256n) ?? []), file]);
  }
  const entryIn = async (file: string): Promise<HeldEntry> => {
    const entry = entryOfReceipt(await readBytes(file));
    if (!entry.ok) throw new CommandError(EXIT.failed, `${file} changed while it was read`);
    return entry.value;
  };
  return {
    read: ({ from }) => Promise.all((byBundle.get(from / 256n) ?? []).map(entryIn)),
    ahead: (size) => indices.filter((index) => index >= size).length,
  };
}

async function tagKeyOf(client: Fractal, file: string | undefined): Promise<Uint8Array> {
  const kept = file === undefined ? undefined : await textIfThere(file);
  if (kept !== undefined) {
    const key = fromBase64(kept.trim());
    if (key?.length !== 32) throw new CommandError(EXIT.usage, `${file} holds no tag key: 32 bytes in base64`);
    return key;
  }
  const key = await client.getTagKey();
  if (file !== undefined) await writeFile(file, `${toBase64(key)}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}

/** The first line of a note: its origin. It is verified by whoever uses it. */
function originOf(checkpoint: Uint8Array): string {
  return new TextDecoder().decode(checkpoint).split('\n', 1)[0] ?? '';
}

/** What the server refuses or fails to answer ends the command, with its code. */
async function serverSays<T>(call: () => Promise<T>): Promise<T> {
  return call().catch((cause: unknown) => {
    if (!(cause instanceof FractalError)) throw cause;
    throw new CommandError(cause.retryable ? EXIT.failed : EXIT.refused, cause.message, { cause });
  });
}

function progressLine(): (leaves: { readonly checked: bigint; readonly size: bigint }) => void {
  let lastMs = Date.now();
  return ({ checked, size }) => {
    if (Date.now() - lastMs < 1_000) return;
    lastMs = Date.now();
    console.error(`${checked} of ${size} leaves checked`);
  };
}

async function textIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${error.code ?? error.message}`, { cause: error });
  });
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** `fractal keys …`: keys of tenants, through the admin API of a running server. */
import { readFile } from 'node:fs/promises';
import { toBase64 } from '@fractal/tlog';
import { type AdminOptions, adminCall } from '../input/admin-call.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';

interface KeysOptions extends AdminOptions {
  readonly tenant: string;
  readonly json?: boolean;
}

export interface AddOptions extends KeysOptions {
  readonly use: string;
  readonly alg: string;
  readonly kid?: string;
  readonly secretFile?: string;
  readonly publicKey?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
}

export async function keysAdd(options: AddOptions): Promise<ExitCode> {
  const { tenant, use, notBefore, notAfter } = options;
  const window = { ...(notBefore ? { not_before: notBefore } : {}), ...(notAfter ? { not_after: notAfter } : {}) };
  const record = use === 'record' ? await recordKey(options) : {};
  return show(options, await adminCall(options, 'POST', '/admin/v1/keys', { tenant, use, ...record, ...window }));
}

async function recordKey({ alg, kid, secretFile, publicKey }: AddOptions): Promise<Record<string, string>> {
  if (alg === 'ed25519' && publicKey === undefined) {
    throw new CommandError(EXIT.usage, 'an ed25519 key needs --public-key BASE64: its secret stays with the signer');
  }
  return {
    alg,
    ...(kid === undefined ? {} : { kid }),
    ...(publicKey === undefined ? {} : { public_key: publicKey }),
    ...(secretFile === undefined ? {} : { secret: toBase64(await readSecret(secretFile)) }),
  };
}

/** The secret's bytes as they are in the file: a newline at its end would be part of the secret. */
async function readSecret(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${cause.code ?? cause.message}`, { cause });
  });
}

export async function keysList(options: KeysOptions): Promise<ExitCode> {
  return show(options, await adminCall(options, 'GET', `/admin/v1/keys?tenant=${encodeURIComponent(options.tenant)}`));
}

export async function keysRotate(id: string, options: KeysOptions & { readonly overlap: number }): Promise<ExitCode> {
  const body = { tenant: options.tenant, overlap_seconds: options.overlap };
  return show(options, await adminCall(options, 'POST', `/admin/v1/keys/${encodeURIComponent(id)}/rotate`, body));
}

export interface RotateLogOptions extends AdminOptions {
  readonly log: string;
  /** Seconds. */
  readonly overlap: number;
  readonly json?: boolean;
}

/** A new key for a log, under the same origin. */
export async function keysRotateLog(options: RotateLogOptions): Promise<ExitCode> {
  const path = `/admin/v1/logs/${encodeURIComponent(options.log)}/key/rotate`;
  const rotated = await adminCall(options, 'POST', path, { overlap_seconds: options.overlap });
  if (options.json === true) {
    console.log(JSON.stringify(rotated));
    return EXIT.ok;
  }
  console.log(`${style(['bold', 'green'], 'ROTATED')}  log ${String(rotated.log)} at ${String(rotated.size)} entries`);
  console.log(`  new key  ${String(rotated.new_key)}`);
  console.log(`  old key  ${String(rotated.old_key)}`);
  console.log(
    `  Checkpoints carry both signatures until ${String(rotated.overlap_until)}. Give the new key to whoever checks`,
  );
  console.log('  receipts, and to witnesses; receipts handed out before verify under the old one for good.');
  return EXIT.ok;
}

export async function keysRevoke(id: string, options: KeysOptions): Promise<ExitCode> {
  const body = { tenant: options.tenant };
  return show(options, await adminCall(options, 'POST', `/admin/v1/keys/${encodeURIComponent(id)}/revoke`, body));
}

function show(options: KeysOptions, answer: Readonly<Record<string, unknown>>): ExitCode {
  if (options.json === true) console.log(JSON.stringify(answer));
  else if (Array.isArray(answer.keys))
    for (const key of answer.keys) console.log(lineOf(key as Record<string, unknown>));
  else console.log(lineOf(answer));
  if (options.json !== true && answer.secret !== undefined) {
    console.log(
      style('yellow', 'The secret is shown this once and kept only as a hash or in the keyring: store it now.'),
    );
  }
  return EXIT.ok;
}

function lineOf(key: Readonly<Record<string, unknown>>): string {
  return Object.entries(key)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(
      ([name, value]) =>
        `${style('dim', `${name}=`)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join('  ');
}

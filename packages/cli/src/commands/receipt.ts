/** `fractal receipt get|verify`: fetch a receipt, and check one offline. */
import { writeFile } from 'node:fs/promises';
import { ApiError, Fractal, type VerifyReceiptOptions, verifyReceipt } from '@fractal/sdk';
import { fromBase64, toBase64 } from '@fractal/tlog';
import { readApiKey } from '../input/secret-file.ts';
import { readBytes, type TrustOptions, trustOf } from '../input/trust.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style, styleDecision } from '../output/style.ts';

export interface GetOptions {
  readonly url: string;
  readonly apiKeyFile: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** 1 where the server has no such receipt or refuses. */
export async function receiptGet(pcsId: string, options: GetOptions): Promise<ExitCode> {
  if (!/^[0-9a-f]{64}$/.test(pcsId)) throw new CommandError(EXIT.usage, 'a pcs_id is 64 lower-case hex digits');
  const client = new Fractal({ url: options.url, apiKey: await readApiKey(options.apiKeyFile) });
  const { receipt, log, salt } = await client.getReceipt(pcsId).catch((cause: unknown) => {
    if (!(cause instanceof ApiError)) throw cause;
    throw new CommandError(cause.retryable ? EXIT.failed : EXIT.refused, cause.message, { cause });
  });
  if (options.out !== undefined) await writeFile(options.out, receipt);
  if (options.json === true) {
    const place = { origin: log.origin, index: String(log.index) };
    console.log(
      JSON.stringify({ pcs_id: pcsId, log: place, receipt, salt: salt === undefined ? null : toBase64(salt) }),
    );
  } else if (options.out === undefined) process.stdout.write(receipt);
  return EXIT.ok;
}

export interface VerifyOptions extends TrustOptions {
  readonly output?: string;
  readonly salt?: string;
  readonly json?: boolean;
}

/** Needs no server and no network. 0 when the receipt holds, 1 when it does not. */
export async function receiptVerify(file: string, options: VerifyOptions): Promise<ExitCode> {
  const verified = verifyReceipt(await readBytes(file), { ...(await trustOf(options)), ...(await textOf(options)) });
  if (!verified.ok) {
    if (options.json === true) console.log(JSON.stringify({ ok: false, code: verified.code }));
    else
      console.log(
        `${style(['bold', 'red'], 'REFUSED')}  ${verified.code}${verified.detail === undefined ? '' : ` (${verified.detail})`}`,
      );
    return EXIT.refused;
  }
  const { origin, index, size, verdict, pcsId, tenant, task, timeMs, signer, boundToOutput, cosigned } = verified.value;
  if (options.json === true) {
    const body = JSON.parse(new TextDecoder().decode(verified.value.body)) as unknown;
    console.log(
      JSON.stringify({
        ok: true,
        origin,
        index: String(index),
        size: String(size),
        bound_to_output: boundToOutput,
        cosigned: cosigned.map(({ name, timestamp }) => ({ name, timestamp: String(timestamp) })),
        body,
      }),
    );
    return EXIT.ok;
  }
  const rows = [
    [
      'verdict',
      `${styleDecision(verdict.decision)}  risk ${verdict.risk}, policy ${verdict.policyVersion} (${verdict.mode})`,
    ],
    ['pcs_id', pcsId],
    ['for', `tenant ${tenant}, task ${task}, record signed by ${signer}, ${new Date(timeMs).toISOString()}`],
    ['log', `${origin}, entry ${index} in a tree of ${size}`],
    ['witnesses', cosigned.length === 0 ? 'none' : cosigned.map(witnessText).join(', ')],
    [
      'text',
      boundToOutput
        ? 'the receipt is about the text in hand'
        : 'not compared: give --output and --salt to bind it to a text',
    ],
  ];
  console.log(style(['bold', 'green'], 'HOLDS'));
  for (const [name, value] of rows) console.log(`  ${name?.padEnd(10)} ${value}`);
  return EXIT.ok;
}

/** A witness and when it saw the tree: what it says of itself. */
function witnessText({ name, timestamp }: { readonly name: string; readonly timestamp: bigint }): string {
  const date = new Date(Number(timestamp) * 1000);
  return `${name} (${Number.isNaN(date.getTime()) ? timestamp : date.toISOString()})`;
}

async function textOf({ output, salt }: VerifyOptions): Promise<Pick<VerifyReceiptOptions, 'output' | 'salt'>> {
  if (output === undefined && salt !== undefined)
    throw new CommandError(EXIT.usage, '--salt binds the receipt to a text: name it with --output FILE');
  if (output === undefined) return {};
  if (salt === undefined)
    throw new CommandError(EXIT.usage, '--output needs --salt, the base64 salt that came with the answer');
  const bytes = fromBase64(salt);
  if (bytes === undefined) throw new CommandError(EXIT.usage, '--salt is not standard base64');
  return { output: await readBytes(output), salt: bytes };
}

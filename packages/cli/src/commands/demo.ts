/** `fractal demo`: the example answers through a started server, what became of each and why, and one receipt checked. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fractal, requireAccepted, type VerdictAnswer, verifyReceipt } from '@fractal/sdk';
import { explain, type Reason, type TrustContent } from '@fractal/trust';
import { z } from 'zod';
import { readApiKey } from '../input/secret-file.ts';
import { readKeyTexts } from '../input/trust.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { printable } from '../output/printable.ts';
import { style, styleDecision } from '../output/style.ts';
import { startChild } from '../serving/start-child.ts';

export interface DemoOptions {
  readonly url?: string;
  readonly apiKeyFile?: string;
  readonly vkey?: string;
  readonly json?: boolean;
}

const tripleSchema = z.object({
  id: z.string(),
  source: z.string(),
  question: z.string().optional(),
  evidence: z.array(z.object({ id: z.string().optional(), text: z.string() })),
  answer: z.string(),
  label: z.enum(['grounded', 'ungrounded']),
});
type Triple = z.infer<typeof tripleSchema>;

interface Outcome {
  readonly triple: Triple;
  readonly answer: VerdictAnswer;
}

interface Target {
  readonly client: Fractal;
  readonly key: string | readonly string[];
  readonly where: string;
  readonly stop: () => Promise<void>;
}

export async function demo(root: string, options: DemoOptions): Promise<ExitCode> {
  const triples = await readTriples(join(root, 'examples/triples.jsonl'));
  const target = await targetOf(root, options);
  try {
    const outcomes: Outcome[] = [];
    for (const triple of triples) {
      const answer = await target.client.check({
        task: 'demo',
        output: triple.answer,
        evidence: triple.evidence.map(({ id, text }) => ({ text, ...(id === undefined ? {} : { id }) })),
        ...(triple.question === undefined ? {} : { prompt: triple.question }),
      });
      outcomes.push({ triple, answer });
      if (options.json !== true) console.log(lineOf(outcomes.length, triple, answer));
    }
    const shown = receiptShown(outcomes, target.key);
    if (options.json === true)
      console.log(JSON.stringify({ where: target.where, ...countsOf(outcomes), receipt: shown.facts }));
    else console.log(`\n${summaryText(outcomes)}\n\n${shown.text}`);
    return shown.ok ? EXIT.ok : EXIT.refused;
  } finally {
    await target.stop();
  }
}

async function readTriples(file: string): Promise<Triple[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => tripleSchema.parse(JSON.parse(line)));
}

async function targetOf(root: string, options: DemoOptions): Promise<Target> {
  if (options.url !== undefined) {
    if (options.apiKeyFile === undefined || options.vkey === undefined) {
      throw new CommandError(EXIT.usage, '--url needs --api-key-file and --vkey of that server');
    }
    const client = new Fractal({ url: options.url, apiKey: await readApiKey(options.apiKeyFile) });
    return { client, key: await readKeyTexts(options.vkey), where: options.url, stop: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'fractal-demo-'));
  const child = await startChild(root, join(folder, 'data')); // its checkpoint guard is beside it, and goes with the folder
  const client = new Fractal({ url: child.ready.url, apiKey: await readApiKey(child.ready.api_key_file) });
  const key = (await readFile(child.ready.vkey_file, 'utf8')).trim();
  const stop = async (): Promise<void> => {
    await child.stop();
    await rm(folder, { recursive: true });
  };
  return { client, key, where: 'a fresh server', stop };
}

const WIDTH = 96;

function lineOf(number: number, triple: Triple, answer: VerdictAnswer): string {
  const { decision, risk, reasons } = answer.verdict;
  const wrong = (decision === 'accept') !== (triple.label === 'grounded');
  const head = `${String(number).padStart(2)}  ${styleDecision(decision).padEnd(process.stdout.isTTY ? 24 : 9)} risk ${risk.toFixed(2)}  labelled ${triple.label}${wrong ? style('yellow', '  ← wrong') : ''}`;
  const lines = [head, `      ${cut(triple.answer)}`];
  const reason = decision === 'accept' ? undefined : reasons[0];
  if (reason !== undefined) lines.push(style('dim', `      ${whyOf(reason as Reason, triple)}`));
  return lines.join('\n');
}

const CLAIM_WIDTH = 40;

/** The first reason with the words it is about cut short, so that the why stays on the line. */
function whyOf({ span, ...reason }: Reason, triple: Triple): string {
  const why = explain(reason, contentOf(triple));
  if (span === undefined) return cut(why);
  return `"${cut(triple.answer.slice(span[0], span[1]), CLAIM_WIDTH)}": ${cut(why)}`;
}

function contentOf(triple: Triple): TrustContent {
  return { output: triple.answer, evidence: triple.evidence };
}

function cut(text: string, width = WIDTH): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

function countsOf(outcomes: readonly Outcome[]): Record<string, number> {
  const count = (accepted: boolean, label: Triple['label']): number =>
    outcomes.filter(
      ({ triple, answer }) => (answer.verdict.decision === 'accept') === accepted && triple.label === label,
    ).length;
  return {
    triples: outcomes.length,
    accepted_grounded: count(true, 'grounded'),
    accepted_ungrounded: count(true, 'ungrounded'),
    stopped_grounded: count(false, 'grounded'),
    stopped_ungrounded: count(false, 'ungrounded'),
  };
}

function summaryText(outcomes: readonly Outcome[]): string {
  const counts = countsOf(outcomes);
  return [
    style('bold', `${counts.triples} answers, as people labelled them and as the gate decided`),
    '                     accepted   stopped',
    `  grounded           ${pad(counts.accepted_grounded)}      ${pad(counts.stopped_grounded)}   ← stopped though right: false stops`,
    `  ungrounded         ${pad(counts.accepted_ungrounded)}      ${pad(counts.stopped_ungrounded)}   ← accepted though wrong: escapes`,
    style('dim', '  A hand-set risk on a small sample: an illustration, not a rate to rely on (no certificate).'),
  ].join('\n');
}

function pad(count: number | undefined): string {
  return String(count ?? 0).padStart(5);
}

/** One accepted answer's receipt: checked offline, then held against another text, then with one byte changed. */
function receiptShown(
  outcomes: readonly Outcome[],
  key: string | readonly string[],
): { ok: boolean; text: string; facts: Record<string, unknown> } {
  const chosen = outcomes.find(({ answer }) => answer.verdict.decision === 'accept') ?? outcomes[0]!;
  const { receipt, salt, pcsId } = chosen.answer;
  if (receipt === undefined || salt === undefined)
    throw new CommandError(EXIT.failed, 'the server answered without a receipt');
  const held = verifyReceipt(receipt, { key, output: chosen.triple.answer, salt });
  const other = verifyReceipt(receipt, { key, output: `${chosen.triple.answer} `, salt });
  const changed = verifyReceipt(flipOneBit(receipt), { key, output: chosen.triple.answer, salt });
  const guarded = guards(receipt, key, chosen.triple.answer, salt);
  const say = (result: typeof held): string =>
    result.ok ? style('green', 'holds') : style('red', `refused: ${result.code}`);
  const lines = [
    style('bold', `The receipt of ${pcsId.slice(0, 16)}…, checked without the server`),
    `  for this text                    ${say(held)}`,
    `  for the same text and a space    ${say(other)}`,
    `  with one byte changed            ${say(changed)}`,
    `  requireAccepted lets it through  ${guarded ? style('green', 'yes') : style('red', 'no')}`,
  ];
  const ok = held.ok && !other.ok && !changed.ok;
  return {
    ok,
    text: lines.join('\n'),
    facts: { pcs_id: pcsId, holds: held.ok, other_text: other.ok, byte_changed: changed.ok },
  };
}

function guards(receipt: string, key: string | readonly string[], output: string, salt: Uint8Array): boolean {
  try {
    requireAccepted(receipt, { key, output, salt });
    return true;
  } catch {
    return false; // said on the line it is for
  }
}

function flipOneBit(receipt: string): string {
  const bytes = new TextEncoder().encode(receipt);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return new TextDecoder().decode(bytes);
}

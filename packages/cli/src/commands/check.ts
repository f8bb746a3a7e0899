/** `fractal check`: one verdict on files, no server, nothing logged. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { buffer as readAll } from 'node:stream/consumers';
import { type Assessment, assess, defaultPolicy, explain, type TrustContent } from '@fractal/trust';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { markedAnswer } from '../output/marked-answer.ts';
import { NEXT_STEP, style, styleDecision } from '../output/style.ts';

export interface CheckOptions {
  readonly evidence: readonly string[];
  readonly prompt?: string;
  readonly output: string;
  readonly json?: boolean;
}

/** Prints the verdict; 0 when it is accept, 1 otherwise. */
export async function check(options: CheckOptions): Promise<ExitCode> {
  requireOneStandardInput(options);
  const content: TrustContent = {
    output: await readText(options.output),
    evidence: await Promise.all(
      options.evidence.map(async (file) => ({ id: basename(file), text: await readText(file) })),
    ),
    ...(options.prompt === undefined ? {} : { prompt: await readText(options.prompt) }),
  };
  const assessment = assess({ content, record: { contentMode: 'vault', signals: {} }, policy: defaultPolicy });
  console.log(options.json === true ? asJson(assessment, content) : asText(assessment, content));
  return assessment.decision === 'accept' ? EXIT.ok : EXIT.refused;
}

function asJson(assessment: Assessment, content: TrustContent): string {
  const { decision, risk, signals, reasons, versions } = assessment;
  const explained = reasons.map((reason) => ({ ...reason, explanation: explain(reason, content) }));
  return JSON.stringify({ decision, risk, bound: null, certificate: null, reasons: explained, signals, versions });
}

function asText(assessment: Assessment, content: TrustContent): string {
  const { decision, risk, reasons } = assessment;
  const next = NEXT_STEP[decision] ?? '';
  return [
    `${styleDecision(decision)}  risk ${risk.toFixed(2)} of 1  ${style('dim', `→ ${next}`)}`,
    '',
    markedAnswer(content, reasons, process.stdout.isTTY === true),
    '',
    style('dim', 'risk is hand-set, not yet calibrated on labels: it carries no bound (certificate: none)'),
  ].join('\n');
}

/** A file as UTF-8 text; `-` is standard input. */
async function readText(file: string): Promise<string> {
  const bytes = file === '-' ? await readStandardInput() : await readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const name = file === '-' ? 'standard input' : file;
    throw new CommandError(EXIT.usage, `${name} is not UTF-8 text; convert it first (for example with iconv)`, {
      cause,
    });
  }
}

function readStandardInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY) console.error('reading the answer from standard input (end with Ctrl-D) …');
  return readAll(process.stdin);
}

function readBytes(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${cause.code ?? cause.message}`, { cause });
  });
}

/** Standard input can be read once: for the answer, or for one of the others where the answer has a file. */
function requireOneStandardInput({ output, evidence, prompt }: CheckOptions): void {
  const count = [output, prompt, ...evidence].filter((file) => file === '-').length;
  if (count > 1) {
    throw new CommandError(EXIT.usage, 'standard input (-) can be only one of --output, --prompt and --evidence');
  }
}

/** `fractal check`: one verdict on files, no server, nothing logged. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
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
  if (file === '-') {
    if (process.stdin.isTTY) console.error('reading the answer from standard input (end with Ctrl-D) …');
    return readAll(process.stdin);
  }
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${cause.code ?? cause.message}`, { cause });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CommandError(EXIT.usage, `${file} is not UTF-8 text; convert it first (for example with iconv)`, {
      cause,
    });
  }
}

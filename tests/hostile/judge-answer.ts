/**
 * What is wrong with an answer to a hostile request; undefined when nothing is. The rules: a status is never 5xx but for
 * the registry's 503 codes; a refusal is an RFC 9457 document with a registered code under that code's status; nothing that
 * was signed is taken under another meaning; nothing wrong is accepted.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../harness/project.ts';
import type { Base } from './bases.ts';
import type { HostileRequest } from './mutations.ts';

export type HostileAnswer = { status: number; contentType: string; body: string };

type Registry = { codes: Record<string, { http?: number }> };
const registry: Registry = JSON.parse(readFileSync(join(projectRoot, 'spec', 'error-codes.json'), 'utf8'));
const statusOfCode = new Map(Object.entries(registry.codes).map(([code, { http }]) => [code, http]));

export function faultOf(base: Base, request: HostileRequest, answer: HostileAnswer): string | undefined {
  if (answer.status >= 400) return faultOfRefusal(request, answer);
  if (request.method === 'OPTIONS' || request.method === 'HEAD' || request.method === 'GET') return undefined;
  if (base.kind === 'signed' && request.path.startsWith('/v1/verify')) {
    if (request.path.startsWith('/v1/verify:batch')) return undefined;
    return faultOfTaken(base, request, answer);
  }
  if (base.kind === 'agent' && request.path.startsWith('/v1/pcs/submit')) return faultOfAgent(base, request, answer);
  if (base.kind === 'check' && request.path.startsWith('/v1/check')) return faultOfCheck(request, answer);
  if (base.kind === 'batch') return faultOfBatch(base, request, answer);
  return undefined;
}

function faultOfRefusal(request: HostileRequest, answer: HostileAnswer): string | undefined {
  if (request.method === 'HEAD') return answer.status >= 500 ? `status ${answer.status}` : undefined;
  return faultOfProblem(answer);
}

/** Also used by the suite on slow and large requests. */
export function faultOfProblem(answer: HostileAnswer): string | undefined {
  if (!answer.contentType.startsWith('application/problem+json'))
    return `status ${answer.status}, ${answer.contentType}`;
  const problem = parse(answer.body) as Record<string, unknown> | undefined;
  if (problem === undefined) return 'a problem document that is no JSON';
  for (const name of ['type', 'title', 'status', 'code']) if (!(name in problem)) return `a problem without ${name}`;
  const status = statusOfCode.get(String(problem.code));
  if (status === undefined) return `the code ${problem.code} is not in the registry`;
  if (status !== answer.status || problem.status !== status) return `${problem.code} under status ${answer.status}`;
  if (answer.status >= 500 && answer.status !== 503) return `status ${answer.status}: ${problem.code}`;
  return undefined;
}

/**
 * A signed record was taken: then it means what it meant before, and so does the content that came with it. No content at
 * all is right for a record that is known already: it gets its stored verdict (I4).
 */
function faultOfTaken(base: Base, request: HostileRequest, answer: HostileAnswer): string | undefined {
  const answered = parse(answer.body);
  const replayed = isObject(answered) && answered.replayed === true;
  return isTaken(parse(text(request)), [parse(text(base.request))], replayed)
    ? undefined
    : `a changed record was taken: ${answer.body.slice(0, 120)}`;
}

function isTaken(sent: unknown, known: readonly unknown[], replayed: boolean): boolean {
  return known.some((before) => {
    if (recordOf(before) !== recordOf(sent)) return false;
    const content = contentOf(sent);
    return content === contentOf(before) || (replayed && content === undefined);
  });
}

function recordOf(request: unknown): string {
  if (!isObject(request)) return 'no object';
  return JSON.stringify(sorted(typeof request.record === 'string' ? parse(request.record) : request.record));
}

/** Kind, salt and text of the pieces, as one text: their ids are not committed to. */
function contentOf(request: unknown): string | undefined {
  if (!isObject(request) || request.content === undefined || request.content === null) return undefined;
  const items = isObject(request.content) && Array.isArray(request.content.items) ? request.content.items : [];
  return JSON.stringify(items.map((item) => (isObject(item) ? [item.kind, item.salt, item.text] : item)));
}

const signedByAgents = ['D_hat', 'budget', 'coh_star', 'epoch', 'merkle_root', 'pcs_id', 'r', 'shard_id'];

function faultOfAgent(base: Base, request: HostileRequest, answer: HostileAnswer): string | undefined {
  const answered = parse(answer.body);
  if (isObject(answered) && answered.decision === 'accept') return 'an agent record was accepted';
  const payload = (value: unknown): string =>
    isObject(value) ? JSON.stringify(signedByAgents.map((name) => rounded(value[name]))) : 'no object';
  if (payload(parse(text(base.request))) === payload(parse(text(request)))) return undefined;
  return `a changed agent record was taken: ${answer.body.slice(0, 120)}`;
}

/** Agents sign nine places; anything closer is the same number to them. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value;
}

function faultOfCheck(request: HostileRequest, answer: HostileAnswer): string | undefined {
  const answered = parse(answer.body);
  if (!isObject(answered) || !isObject(answered.verdict)) return 'an answer without a verdict';
  if (answered.verdict.decision !== 'accept') return undefined;
  const sent = parse(text(request));
  const output = isObject(sent) ? String(sent.output) : '';
  const evidence = JSON.stringify(isObject(sent) ? sent.evidence : '');
  // A cut that left nothing wrong in the output, or brought the claims into the evidence, made another request of it.
  const claims = ['1911', '214', '38', '77'].filter((figure) => output.includes(figure) && !evidence.includes(figure));
  return claims.length > 0 ? `accepted with ${claims.join(', ')} unsupported` : undefined;
}

function faultOfBatch(base: Base, request: HostileRequest, answer: HostileAnswer): string | undefined {
  const known = text(base.request).trim().split('\n').map(parse);
  const sent = text(request).split('\n');
  const answers = answer.body.split('\n').filter((line) => line !== '');
  const lines = sent.at(-1) === '' ? sent.length - 1 : sent.length;
  if (answers.length !== lines) return `${lines} lines in, ${answers.length} out`;
  for (const [i, line] of answers.entries()) {
    const fault = faultOfLine(parse(sent[i]!), line, known);
    if (fault !== undefined) return `line ${i}: ${fault}`;
  }
  return undefined;
}

function faultOfLine(sent: unknown, line: string, known: readonly unknown[]): string | undefined {
  const answered = parse(line);
  if (!isObject(answered)) return 'an answer that is no JSON';
  if (!isObject(answered.verdict)) {
    return faultOfProblem({ status: Number(answered.status), contentType: 'application/problem+json', body: line });
  }
  return isTaken(sent, known, answered.replayed === true) ? undefined : 'a changed record was taken';
}

function text(request: HostileRequest): string {
  return new TextDecoder().decode(request.body);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** With the names of objects in order: member order is not meaning. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([name, item]) => [name, sorted(item)]),
  );
}

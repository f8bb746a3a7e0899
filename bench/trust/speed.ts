/**
 * How long one assessment takes: 4 KB of evidence and a 100-word answer (real text where ../shared/data is, else made), p50 and p99; then
 * hostile texts of one and two megabytes, their time and the ratio time(2n)/time(n), which is 2 for linear work.
 *
 *   node bench/trust/speed.ts
 */
import { assess, defaultPolicy, type Evidence } from '../../packages/trust/src/index.ts';
import { haveData, rowsOf } from './data.ts';

type Case = { readonly output: string; readonly evidence: readonly Evidence[] };

const run = (content: Case) =>
  assess({ content, record: { contentMode: 'vault', signals: {} }, policy: defaultPolicy });

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Evidence of about 4 KB from several rows, an answer of about 100 words from sentences of it and of claims. */
function typicalCases(): Case[] {
  if (!haveData) {
    const sentence = (at: number): string =>
      `In ${1900 + at} the council of town ${at} opened a bridge that cost $${at + 3} million. `;
    const evidence = Array.from({ length: 55 }, (_, at) => sentence(at)).join('');
    return [
      {
        output: Array.from({ length: 7 }, (_, at) => sentence(at * 7)).join(''),
        evidence: [{ text: evidence.slice(0, 4096) }],
      },
    ];
  }
  const rows = rowsOf('factcg-doc');
  const cases: Case[] = [];
  for (let at = 0; at + 6 < rows.length && cases.length < 200; at += 6) {
    let text = '';
    let answer = '';
    for (let next = at; next < at + 6; next += 1) {
      const row = rows[next];
      if (row === undefined) continue;
      if (text.length < 4096 && !text.includes(row.evidence)) text += `${row.evidence}\n\n`;
      if (answer.split(' ').length < 100) answer += `${row.claim} `;
    }
    cases.push({ output: answer.split(' ').slice(0, 100).join(' '), evidence: [{ text: text.slice(0, 4096) }] });
  }
  return cases;
}

function typical(): void {
  const cases = typicalCases();
  for (let round = 0; round < 10; round += 1) for (const each of cases) run(each);
  const times: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    for (const each of cases) {
      const start = process.hrtime.bigint();
      run(each);
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  times.sort((a, b) => a - b);
  const bytes = cases.reduce((sum, each) => sum + (each.evidence[0]?.text.length ?? 0), 0) / cases.length;
  console.log(
    `typical: ${cases.length} cases, evidence ${bytes.toFixed(0)} chars, p50 ${percentile(times, 0.5).toFixed(3)} ms, p90 ${percentile(times, 0.9).toFixed(3)} ms, p99 ${percentile(times, 0.99).toFixed(3)} ms`,
  );
}

const claim = 'The bridge opened in 1932 and cost $3 million.';
const repeat = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Name → content of about this many characters. */
const HOSTILE: Record<string, (length: number) => Case> = {
  'prose as evidence': (length) => ({
    output: repeat(`${claim} It was painted in 1940. `, 800),
    evidence: [{ text: prose(length) }],
  }),
  'one huge token': (length) => ({ output: claim, evidence: [{ text: repeat('a', length) }] }),
  'one huge token, both': (length) => ({
    output: repeat('x', length / 2),
    evidence: [{ text: repeat('x', length / 2) }],
  }),
  'all the same word': (length) => ({
    output: 'bridge bridge bridge bridge opened.',
    evidence: [{ text: repeat('bridge ', length) }],
  }),
  'all the same word, both': (length) => ({
    output: repeat('bridge ', length / 2),
    evidence: [{ text: repeat('bridge ', length / 2) }],
  }),
  'a million sentences': (length) => ({ output: claim, evidence: [{ text: repeat('A. ', length) }] }),
  'a million sentences, both': (length) => ({
    output: repeat('Bo ox. ', length / 2),
    evidence: [{ text: repeat('Bo ox. ', length / 2) }],
  }),
  'long answer, long evidence': (length) => ({ output: prose(length / 2), evidence: [{ text: prose(length / 2) }] }),
  'numbers only': (length) => ({ output: repeat('7 ', length / 2), evidence: [{ text: repeat('7 ', length / 2) }] }),
  'digits only': (length) => ({ output: claim, evidence: [{ text: repeat('7', length) }] }),
  'grouped digits': (length) => ({ output: claim, evidence: [{ text: repeat('1,000', length) }] }),
  capitals: (length) => ({ output: 'Ann Lee met Bo Ray in York.', evidence: [{ text: repeat('Ann Bo ', length) }] }),
  'capitals, both': (length) => ({
    output: repeat('Ann Bo ', length / 2),
    evidence: [{ text: repeat('Ann Bo ', length / 2) }],
  }),
  'not not not': (length) => ({
    output: repeat('not bridge ', length / 2),
    evidence: [{ text: repeat('not bridge ', length / 2) }],
  }),
  'full stops': (length) => ({ output: claim, evidence: [{ text: repeat('.', length) }] }),
  'full stops, both': (length) => ({ output: repeat('.', length / 2), evidence: [{ text: repeat('.', length / 2) }] }),
  brackets: (length) => ({ output: repeat('[', length / 2), evidence: [{ text: repeat('[1,', length / 2) }] }),
  initials: (length) => ({ output: claim, evidence: [{ text: repeat('a.b.', length) }] }),
  'zero-width': (length) => ({ output: claim, evidence: [{ text: repeat('a​', length) }] }),
  'new lines': (length) => ({ output: repeat('a\n', length / 2), evidence: [{ text: repeat('\n', length / 2) }] }),
  'no two words alike': (length) => ({ output: distinct(length / 2), evidence: [{ text: distinct(length / 2) }] }),
  'number words': (length) => ({
    output: repeat('one hundred and ', length / 2),
    evidence: [{ text: repeat('million hundred ', length / 2) }],
  }),
  emoji: (length) => ({ output: repeat('😀', length / 2), evidence: [{ text: repeat('😀 𝟓', length / 2) }] }),
  'lead-ins': (length) => ({
    output: repeat('according to the ', length / 2),
    evidence: [{ text: repeat('i think that ', length / 2) }],
  }),
};

function prose(length: number): string {
  let text = '';
  for (let at = 0; text.length < length; at += 1) {
    text += `In ${1200 + (at % 800)} the council of ${NAMES[at % NAMES.length]} opened a new bridge over the river, which cost $${at % 97} million and was not finished by ${NAMES[(at * 7 + 3) % NAMES.length]}. `;
  }
  return text.slice(0, length);
}

const NAMES = ['York', 'Leeds', 'Bath', 'Derby', 'Ely', 'Hull', 'Wells', 'Ripon', 'Truro', 'Exeter', 'Lincoln'];

function distinct(length: number): string {
  const parts: string[] = [];
  for (let at = 0, size = 0; size < length; at += 1) {
    const word = `w${((at * 2654435761) % 4294967296).toString(36)}`;
    parts.push(word);
    size += word.length + 1;
  }
  return parts.join(' ').slice(0, length);
}

function timeOf(content: Case): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round += 1) {
    const start = process.hrtime.bigint();
    run(content);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
  }
  return best;
}

function hostile(): void {
  for (const [name, make] of Object.entries(HOSTILE)) {
    const once = timeOf(make(1_000_000));
    const twice = timeOf(make(2_000_000));
    console.log(
      `${name.padEnd(28)} 1 MB ${once.toFixed(0).padStart(6)} ms   2 MB ${twice.toFixed(0).padStart(6)} ms   ratio ${(twice / once).toFixed(2)}`,
    );
  }
}

typical();
if (!process.argv.includes('--typical')) hostile();

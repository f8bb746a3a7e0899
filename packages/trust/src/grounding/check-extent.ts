/** How many, how often, how certain: quantifiers, "only", and hedges the claim leaves out. */
import { AUXILIARY, HEDGE, NEGATION, QUANTIFIERS, type Quantifier } from '../lexicon/words.ts';
import { CAP, type Tokens, WORD } from '../text/scan.ts';
import type { Alignment } from './align.ts';
import type { Claim } from './claims.ts';
import { type Finding, finding } from './finding.ts';
import { reachOf } from './scopes.ts';

const RISK_QUANTIFIER = 0.6;
const RISK_QUANTIFIER_ADDED = 0.2;
const RISK_ONLY = 0.7;
const RISK_CERTAINTY = 0.16;

export function checkExtent(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding[] {
  return [
    checkQuantifiers(claim, alignment, output, evidence),
    checkOnly(claim, alignment, output, evidence),
    checkCertainty(claim, alignment, output, evidence),
  ].filter((found) => found !== undefined);
}

function quantifierAt(tokens: Tokens, at: number): Quantifier | undefined {
  const word = tokens.word[at];
  return word === undefined || tokens.kind[at] !== WORD ? undefined : QUANTIFIERS.get(word.text);
}

function checkQuantifiers(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (let at = claim.from; at < claim.to; at += 1) {
    const said = quantifierAt(output, at);
    if (said === undefined || ((output.word[at - 1]?.bits ?? 0) & NEGATION) !== 0) continue;
    const head = claim.occurrences.find((each) => each.at > at && each.at <= at + 4 && each.weight > 0);
    const places = head === undefined ? undefined : alignment.places.get(head.term);
    if (places === undefined) continue;
    const known = quantifiersBefore(places, said, alignment, evidence);
    if (known.some((each) => each.level === said.level || (said.level < each.level && said.level >= 2))) continue;
    const differing = known[0];
    if (differing !== undefined) {
      return finding('quantifier_differs', RISK_QUANTIFIER, true, [at, at + 1], [differing.at, differing.at + 1]);
    }
    if (said.level >= 4 && said.family !== 'degree' && !standsInWindow(alignment, evidence, said)) {
      return finding('quantifier_differs', RISK_QUANTIFIER_ADDED, false, [at, at + 1]);
    }
  }
  return undefined;
}

/** The quantifiers of the same family right before these places. */
function quantifiersBefore(
  places: readonly number[],
  said: Quantifier,
  alignment: Alignment,
  evidence: Tokens,
): { level: number; at: number }[] {
  const known: { level: number; at: number }[] = [];
  for (const place of places) {
    for (let at = place - 1; at >= place - 5 && at >= alignment.from; at -= 1) {
      const quantifier = quantifierAt(evidence, at);
      if (quantifier?.family !== said.family) continue;
      known.push({ level: quantifier.level, at });
      break;
    }
  }
  return known;
}

function standsInWindow(alignment: Alignment, evidence: Tokens, said: Quantifier): boolean {
  for (let at = alignment.from; at < alignment.to; at += 1) {
    const quantifier = quantifierAt(evidence, at);
    if (quantifier !== undefined && quantifier.level >= said.level) return true;
  }
  return false;
}

/** "only Anna" against "only Ben". */
function checkOnly(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (const name of claim.names) {
    if (output.word[name.from - 1]?.text !== 'only') continue;
    for (let at = alignment.from; at + 1 < alignment.to; at += 1) {
      if (evidence.word[at]?.text !== 'only' || ((evidence.bits[at + 1] as number) & CAP) === 0) continue;
      let same = false;
      for (let token = name.from; token < name.to; token += 1) {
        const near = evidence.word[at + 1 + token - name.from];
        if (near !== undefined && near.text === output.word[token]?.text) same = true;
      }
      if (!same) return finding('name_differs', RISK_ONLY, true, [name.from, name.to], [at, at + 2]);
    }
  }
  return undefined;
}

function checkCertainty(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (let at = claim.from; at < claim.to; at += 1) if (((output.word[at]?.bits ?? 0) & HEDGE) !== 0) return undefined;
  for (let at = alignment.from; at < alignment.to; at += 1) {
    const bits = evidence.word[at]?.bits ?? 0;
    if (evidence.kind[at] !== WORD || (bits & HEDGE) === 0) continue;
    if (((evidence.word[at + 1]?.bits ?? 0) & NEGATION) !== 0) continue;
    const reached = reachOf(evidence, at + 1, alignment.to)[0];
    if (reached === undefined || ((evidence.word[reached]?.bits ?? 0) & AUXILIARY) !== 0) continue;
    const occurrence = claim.occurrences.find(
      (each) => each.weight > 0 && (alignment.places.get(each.term) ?? []).includes(reached),
    );
    if (occurrence === undefined) continue;
    return finding('certainty_raised', RISK_CERTAINTY, false, [occurrence.at, occurrence.at + 1], [at, reached + 1]);
  }
  return undefined;
}

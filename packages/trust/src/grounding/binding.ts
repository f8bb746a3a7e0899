/**
 * Which place of the window a figure or a name of the claim belongs to: the one whose neighbours are the claim's neighbours. The nearer
 * a shared word is on both sides, the more it counts. A value that stands in the window but beside other words than in the claim is
 * there by accident ("3 dogs and 5 cats" for "5 dogs").
 */
import type { Alignment } from './align.ts';
import type { Claim } from './claims.ts';

const REACH_CLAIM = 10;
const REACH_EVIDENCE = 24;

function falloff(distance: number): number {
  return 3 / (2 + distance);
}

/** How well tokens [from, to) of the claim sit at tokens [at, end) of the evidence: 0 to about 1. */
export function binding(claim: Claim, alignment: Alignment, from: number, to: number, at: number, end: number): number {
  alignment.meter.steps += claim.occurrences.length;
  let possible = 0;
  let bound = 0;
  for (const occurrence of claim.occurrences) {
    if (occurrence.weight === 0 || (occurrence.at >= from && occurrence.at < to)) continue;
    const distance = gap(occurrence.at, from, to);
    if (distance > REACH_CLAIM) continue;
    const weight = occurrence.weight * falloff(distance);
    possible += weight;
    const places = alignment.places.get(occurrence.term);
    if (places === undefined) continue;
    alignment.meter.steps += places.length + 1;
    let nearest = REACH_EVIDENCE + 1;
    for (const place of places) {
      if (place >= at && place < end) continue;
      const apart = gap(place, at, end);
      if (apart < nearest) nearest = apart;
    }
    // Nearer than in the claim counts as near as in the claim: a copied sentence binds best at its own places.
    if (nearest <= REACH_EVIDENCE) bound += occurrence.weight * Math.min(falloff(distance), falloff(nearest));
  }
  return possible === 0 ? 0 : bound / possible;
}

function gap(at: number, from: number, to: number): number {
  return at < from ? from - at : at - to + 1;
}

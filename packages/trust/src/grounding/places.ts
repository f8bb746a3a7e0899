/** Places of a claim's words in the window: the best one of a word, and whether a word stands among the same neighbours. */
import type { Alignment } from './align.ts';
import { binding } from './binding.ts';
import type { Claim, Occurrence } from './claims.ts';

/** Where in the window this word of the claim sits best; -1 where it does not stand there. */
export function bestPlace(claim: Claim, alignment: Alignment, occurrence: Occurrence): number {
  const places = alignment.places.get(occurrence.term) ?? [];
  if (places.length <= 1) return places[0] ?? -1;
  let best = -1;
  let most = -1;
  for (const place of places) {
    const bound = binding(claim, alignment, occurrence.at, occurrence.at + 1, place, place + 1);
    if (bound > most) {
      most = bound;
      best = place;
    }
  }
  return best;
}

/** A content word near this one in the claim stands near that place in the window. */
export function sharesNeighbour(claim: Claim, alignment: Alignment, occurrence: Occurrence, place: number): boolean {
  for (const other of claim.occurrences) {
    if (other.term === occurrence.term || other.weight === 0) continue;
    const apart = other.at - occurrence.at;
    if (apart > 4 || apart < -4) continue;
    for (const near of alignment.places.get(other.term) ?? []) if (near - place <= 5 && place - near <= 5) return true;
  }
  return false;
}

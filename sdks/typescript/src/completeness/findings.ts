/** What a check of completeness found: counts, and the first indices of each kind, so that memory stays bounded. */

/** Indices kept of each kind. */
export const FINDINGS_MAX = 1_000;

export interface Found {
  readonly count: number;
  /** The first 1,000 indices. */
  readonly first: readonly bigint[];
}

export interface Findings {
  /** Leaves of the tenant for which it has no entry and was given none: withheld. */
  readonly missing: Found;
  /** Entries that are not what their leaf commits to. */
  readonly altered: Found;
  /** Entries whose leaf has not the tenant's tag: of another tenant, of another log, or under another tag key. */
  readonly unknown: Found;
}

type Kind = keyof Findings;

export function findings(): { add(kind: Kind, index: number): void; all(): Findings } {
  const found = {
    missing: { count: 0, first: [] as bigint[] },
    altered: { count: 0, first: [] as bigint[] },
    unknown: { count: 0, first: [] as bigint[] },
  };
  return {
    add(kind, index) {
      found[kind].count += 1;
      if (found[kind].first.length < FINDINGS_MAX) found[kind].first.push(BigInt(index));
    },
    all: () => found,
  };
}

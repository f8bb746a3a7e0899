/** What a scrub, a repair and fsck say of one wrong thing. */
export interface Damage {
  /** Which: a row as `rows/entries/123`, `rows/keys of entry 123`, `rows/head`; a file by its path, `tile/0/000`. */
  readonly what: string;
  readonly problem: string;
  /** Whether `fractal log repair` can make it again from what is intact here, without a copy. */
  readonly rebuildable: boolean;
}

/** A list of damages in which each thing is named once, by what was found first. */
export interface Damages {
  add(what: string, problem: string, rebuildable: boolean): void;
  has(what: string): boolean;
  list(): readonly Damage[];
}

export function damages(): Damages {
  const found = new Map<string, Damage>();
  return {
    add: (what, problem, rebuildable) => {
      if (!found.has(what)) found.set(what, { what, problem, rebuildable });
    },
    has: (what) => found.has(what),
    list: () => [...found.values()],
  };
}

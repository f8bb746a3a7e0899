/** An invariant that did not hold: what the simulation is looking for. */
export class Violation extends Error {
  /** `I1` … `I12` of DESIGN section 3, or what else was promised. */
  readonly invariant: string;
  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/**
 * The one way a broken promise of our own code throws; stays on in production. Never used on input that a stranger
 * controls: that is what `Result` is for.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

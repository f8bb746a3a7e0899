/**
 * A commit of lmdb-js that fails rejects with "Commit failed" and a second promise in `commitError`, which is rejected
 * with the cause, and not always at all: left alone it ends the process, waited for it may never settle. Writes inside a
 * transaction must be `putSync`: `put` returns a promise of its own, which nobody would listen to.
 */

/** The same outcome, with the cause in its place. */
export async function committed<T>(commit: Promise<T>): Promise<T> {
  try {
    return await commit;
  } catch (error) {
    if (!(error instanceof Error && 'commitError' in error)) throw error;
    const reason = Promise.resolve(error.commitError).then(
      () => error,
      (cause: unknown) => cause,
    );
    const cause = await Promise.race([reason, nextTurn(error)]);
    throw new Error('LMDB could not commit', { cause });
  }
}

function nextTurn<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(resolve, value));
}

/**
 * Commits of an LMDB environment through lmdb-js.
 *
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

/**
 * LMDB's MDB_PANIC, which lmdb-js tells by its name only: a write of the meta page failed. The file is right as of the commit
 * before (or of this one); only opening it again helps.
 */
const PANIC = 'MDB_PANIC';

/** The environment reads and writes nothing until it is opened again. */
export class StoreLost extends Error {
  readonly code = 'store_lost';
}

/** Whether an error of a read or a write says that the environment has to be opened again. */
export function isStoreLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof StoreLost || error.message.includes(PANIC) || isStoreLost(error.cause);
}

/**
 * Runs commits and settles each of them: after a panic lmdb-js leaves the promises of later writes pending for ever, so they
 * are rejected here.
 */
export class Commits {
  readonly #read: () => void;
  readonly #waiting = new Set<(error: unknown) => void>();
  #lost: StoreLost | undefined;

  /** `read` reads anything, past any snapshot that is held. */
  constructor(read: () => void) {
    this.#read = read;
  }

  run<T>(start: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      committed(start())
        .then(resolve, (error: unknown) => {
          this.#look();
          reject(error);
        })
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /** Waits for commits under way; of an environment that is lost nothing is left to wait for. */
  async close(closeEnvironment: () => Promise<void>): Promise<void> {
    const closed = closeEnvironment();
    if (this.#lost === undefined) await closed;
    else closed.catch(() => undefined); // it can only say again that it is lost
  }

  #look(): void {
    try {
      this.#read();
    } catch (cause) {
      if (!isStoreLost(cause)) return; // damage, say: whoever reads it will be told
      this.#lost = new StoreLost('LMDB can write no more until it is opened again', { cause });
      for (const reject of this.#waiting) reject(this.#lost);
    }
  }
}

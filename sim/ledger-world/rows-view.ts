/** The rows of one log as they lie on a simulated disk, read by the product's own decoding, without any process. */
import type { LogStore } from '@fractal/ledger';
import { LogRows } from '../../packages/store-embedded/src/log/log-rows.ts';
import type { Rows } from '../disk/rows.ts';

export function logRowsOf(rows: Rows, log: string): LogStore {
  const writing = (): never => {
    throw new Error('a view of rows is for reading');
  };
  return new LogRows({
    keyValue: {
      table: (name) => ({
        get: (key) => rows.get(name, key),
        range: (bounds) => rows.range(name, bounds),
        put: writing,
        putNew: writing,
        putLast: writing,
        remove: writing,
      }),
      transaction: () => Promise.reject(new Error('a view of rows is for reading')),
      close: () => Promise.resolve(),
    },
    log,
    checkSession: () => undefined,
  });
}

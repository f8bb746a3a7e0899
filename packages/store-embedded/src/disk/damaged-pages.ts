/**
 * What LMDB says when it meets a page that is none: it has no checksums, and notices some damaged pages by their form. Such
 * a read is an answer "damaged" about the rows on that page, not an operational error. Others it does not survive: an
 * assertion of it, or a bad address, ends the process (measured: a page of zeros does so in most places).
 */
import { CorruptRow } from '@fractal/ledger';

const DAMAGED = /^MDB_(CORRUPTED|PAGE_NOTFOUND|PANIC|INVALID|BAD_TXN|CURSOR_FULL|INCOMPATIBLE)\b/;

/** CorruptRow in the place of such an error; any other as it is. */
export function asDamage(error: unknown, table: string): unknown {
  if (!(error instanceof Error) || !DAMAGED.test(error.message)) return error;
  return new CorruptRow(`rows/${table} can't be read: ${error.message.split(':', 1)[0]}`);
}

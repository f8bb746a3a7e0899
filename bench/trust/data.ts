/** The labelled sets of ../shared/data/grounding/train, where they are. Only the sets that may be fitted on are listed: no others are read. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type Row = {
  readonly id: string;
  readonly evidence: string;
  readonly claim: string;
  /** 1 unsupported, 0 supported. */
  readonly label: 0 | 1;
  readonly source: string;
  readonly context?: string;
  readonly model?: string;
  readonly fine?: string;
};

const FOLDER = join(import.meta.dirname, '../../../shared/data/grounding/train');

export const haveData: boolean = existsSync(FOLDER);

export function rowsOf(name: string): Row[] {
  return (
    gunzipSync(readFileSync(join(FOLDER, `${name}.jsonl.gz`)))
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
      // Citation-Integrity marks where citations were: <|cit|>, [<|multi_cit|>,7]. They are no part of the sentence.
      .map((row) => ({
        ...row,
        claim: row.claim.replace(/\s*[[(][^[\]()]*<\|[a-z_]+\|>[^[\]()]*[\])]|<\|[a-z_]+\|>/g, ''),
      }))
  );
}

/**
 * Profile fractal-lba-kakeya 0.1: what its signature covers. Exactly eight fields, names sorted by bytes, no spaces:
 *
 *     {"D_hat":…,"budget":…,"coh_star":…,"epoch":…,"merkle_root":"…","pcs_id":"…","r":…,"shard_id":"…"}
 */
import { utf8Encode } from '@fractal/tlog';
import type { AgentRecord } from './fields.ts';
import { agentReal, agentString } from './python-repr.ts';

export function agentPayload(record: AgentRecord): Uint8Array {
  return utf8Encode(
    `{"D_hat":${agentReal(record.dHat)},"budget":${agentReal(record.budget)},"coh_star":${agentReal(record.cohStar)}` +
      `,"epoch":${record.epoch},"merkle_root":${agentString(record.merkleRoot)},"pcs_id":${agentString(record.pcsId)}` +
      `,"r":${agentReal(record.r)},"shard_id":${agentString(record.shardId)}}`,
  );
}

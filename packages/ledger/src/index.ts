export { type ClosedLog, openClosedLog } from './closed/closed-log.ts';
export { type ClosedReason, LedgerError, type LedgerErrorCode, MustClose } from './errors.ts';
export { RowsFailed } from './follow/failure.ts';
export type { Follower, FollowerBatch, FollowerEffect, FollowerRows } from './follow/follower.ts';
export { DEFAULT_PACE, type Pace } from './follow/pace.ts';
export {
  type FollowerEvents,
  type FollowerParts,
  type RunningFollower,
  startFollower,
  type VerbOutcome,
} from './follow/running-follower.ts';
export type { DeadLetter } from './follow/state.ts';
export type { FollowerActivity, FollowerFailed, FollowerLogStatus, FollowerStatus } from './follow/status.ts';
export { type FsckOptions, type FsckReport, fsck } from './fsck/fsck.ts';
export { TileState } from './integrate/tile-state.ts';
export {
  type Appended,
  BODY_BYTES_MAX,
  DEFAULT_LIMITS,
  type Ledger,
  type LedgerEvents,
  type LedgerLimits,
  type LoggedEntry,
  type NewEntry,
} from './ledger.ts';
export { recordedSize, SIGNED_TABLE } from './open/compare-guard.ts';
export { type LedgerOptions, openLedger } from './open/open-ledger.ts';
export {
  type CheckpointGuard,
  GUARD_TEXT_BYTES_MAX,
  GuardConflict,
  type GuardEntry,
} from './ports/checkpoint-guard.ts';
export type { Clock, Rng } from './ports/clock.ts';
export {
  CursorMoved,
  type CursorStore,
  type FollowerCommit,
  type FollowerRow,
  type FollowerWrite,
} from './ports/cursor-store.ts';
export type { FollowedLog } from './ports/followed-log.ts';
export type {
  FollowerActor,
  FollowerDecision,
  FollowerDecisions,
  FollowerFinding,
  FollowerOp,
} from './ports/follower-decisions.ts';
export {
  type CommitBatch,
  type CommitRefusal,
  CommitRefused,
  CorruptRow,
  type DerivedRow,
  type Head,
  type LogStore,
  type Row,
  type StoredEntry,
} from './ports/log-store.ts';
export type { PublicFile, PublicFiles } from './ports/public-files.ts';
export type { DamagedRow, KeyPair, KeyScan, RepairableRows } from './ports/repairable-rows.ts';
export type { AddCheckpoint, Witness, WitnessAnswer, WitnessFault, WitnessStatus } from './ports/witness.ts';
export type { WitnessStore } from './ports/witness-store.ts';
export { WITNESSED_PATH, WITNESSES_MAX, type Witnessing } from './publish/cosigning.ts';
export type { Reached, SignedCheckpoint } from './publish/publisher.ts';
export type { WitnessLimits } from './publish/witness-loop.ts';
export { type RepairOptions, repairLog } from './repair/repair.ts';
export type { DeriveRows } from './repair/repair-rows.ts';
export type { Left, Repaired, RepairReport } from './repair/report.ts';
export type { EntrySource } from './repair/sources.ts';
export type { Damage } from './scrub/damage.ts';
export { type ScrubOptions, scrubEntries } from './scrub/scrub.ts';
export { type Cosigner, type CosignerAnswer, type CosignerOptions, cosigner } from './witness/cosigner.ts';
export type { AddCheckpointRefusal, WitnessedHead } from './witness/decide.ts';
export { ADD_CHECKPOINT_BYTES_MAX, formatAddCheckpoint } from './witness/request.ts';

/** HTTP edge and composition root; see README.md. */

export { type CopiedEntry, copyGuard } from './compose/copy-guard.ts';
export { DEFAULT_TENANT } from './compose/first-start.ts';
export { GuardPlaceError } from './compose/open-guard.ts';
export {
  type RepairDirectoryOptions,
  type RepairedLog,
  RepairInputError,
  repairDirectory,
} from './compose/repair.ts';
export { type RestoreDirectoryOptions, restoreDirectory } from './compose/restore.ts';
export { closeOnSignals } from './compose/signals.ts';
export { type RunningServer, type ServerOptions, SHARD, startServer } from './compose/start-server.ts';
export { systemClock } from './compose/system-clock.ts';
export { WitnessLogError } from './compose/witnesses.ts';
export { defaultLimits, type Limits } from './edge/limits.ts';
export { jsonLogger, type LogFields, type Logger, type LogLevel, silentLogger } from './edge/logger.ts';
export type { OpenApiDocument } from './edge/openapi.ts';
export { openApiDocument } from './routes/openapi-document.ts';
export { WitnessPolicyError } from './witness/policy.ts';
export { WitnessIdentityError } from './witness/witness-identity.ts';

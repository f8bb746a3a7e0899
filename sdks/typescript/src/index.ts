/** The TypeScript SDK: client, records, offline receipts. Needs fetch and crypto.getRandomValues, nothing of Node. */
export type { ContentItem, PcsId, SigningKey, UnsignedRecord, Usage } from '@fractal/record';
export type { Failure, ReadTile, Result } from '@fractal/tlog';
export type {
  Appended,
  Effective,
  LogPosition,
  Policy,
  Reached,
  ReceiptAnswer,
  Resolved,
  VerdictAnswer,
} from './client/answers.ts';
export type { BatchResult } from './client/batch.ts';
export {
  type BatchOptions,
  type CheckOptions,
  Fractal,
  type IdempotentOptions,
  type PutPolicyOptions,
  type VerdictOptions,
} from './client/fractal.ts';
export type { CallOptions, FractalOptions } from './client/options.ts';
export type { EntriesPage, EntriesQuery } from './client/own-entries.ts';
export type {
  CheckInput,
  Evidence,
  LabelInput,
  PolicyInput,
  ResolveInput,
  SignedRecord,
} from './client/requests.ts';
export { askServer } from './completeness/ask-server.ts';
export {
  type Completeness,
  type CompletenessCode,
  type CompletenessOptions,
  checkCompleteness,
  type ReadEntries,
} from './completeness/check-completeness.ts';
export type { Findings, Found } from './completeness/findings.ts';
export { entryOfReceipt, type HeldEntry } from './completeness/held-entry.ts';
export { type HttpLogFilesOptions, httpLogFiles } from './completeness/http-log-files.ts';
export { ERROR_CODES, type ErrorCode, isErrorCode } from './errors/codes.ts';
export {
  AbortedError,
  ApiError,
  AuthenticationError,
  ConflictError,
  FractalError,
  InvalidRequestError,
  NetworkError,
  NotAcceptedError,
  NotFoundError,
  OptionError,
  RateLimitError,
  ReceiptError,
  RecordError,
  ResponseError,
  ServerError,
  TimeoutError,
} from './errors/errors.ts';
export type { Clock, Fetch, Rng } from './http/ports.ts';
export type { VerdictBody } from './receipt/body.ts';
export { type RequireAcceptedOptions, requireAccepted } from './receipt/require-accepted.ts';
export type { Trust } from './receipt/trust.ts';
export type { Decision, Mode, Reason, Verdict } from './receipt/verdict.ts';
export {
  type ReceiptCode,
  type VerifiedVerdict,
  type VerifyReceiptOptions,
  verifyReceipt,
} from './receipt/verify-receipt.ts';
export {
  buildContent,
  buildRecord,
  type Content,
  type ContentInput,
  type CreatedRecord,
  createRecord,
  type RecordFields,
  signRecord,
} from './record/create-record.ts';

/**
 * Every limit of the edge, in one place: bytes, counts and milliseconds. Each has a test at the limit and one past it.
 * Beyond a limit the answer is a coded problem in bounded time; nothing is truncated in silence.
 */

export interface Limits {
  /** Body of check and verify. */
  readonly verifyBodyBytesMax: number;
  /** Body of a batch, all lines together. */
  readonly batchBodyBytesMax: number;
  readonly batchLinesMax: number;
  /** Body of every other route. */
  readonly smallBodyBytesMax: number;
  /** Bodies of all requests under way, together; past it, 503 busy. */
  readonly bodiesBytesMax: number;
  /** Request line and headers together (node answers 431 past it). */
  readonly headerBytesMax: number;
  /** From the first byte of a connection or request until its headers are complete. */
  readonly headersTimeoutMs: number;
  /** Until the whole request has arrived: what ends a slow-loris body. */
  readonly requestTimeoutMs: number;
  /** A connection without a request. */
  readonly keepAliveTimeoutMs: number;
  /** How often node looks for connections past the three limits above: they are kept within this much. */
  readonly timeoutCheckMs: number;
  readonly connectionsMax: number;
  /** A verdict, from arrival to the end of judging. */
  readonly judgeTimeoutMs: number;
  /** Tasks and bytes waiting for a judge; past either, 503 busy. */
  readonly judgeQueueMax: number;
  readonly judgeQueueBytesMax: number;
  /**
   * An HMAC record without content and at most this many bytes is judged on the event loop. Measured a record: 31 µs for
   * 450 bytes and 55 µs for 4 KB, against 22 µs there and 75 µs in all when it is handed to a thread.
   */
  readonly inlineBytesMax: number;
  /** Longest `timeout_ms` of ?wait=. */
  readonly waitTimeoutMsMax: number;
  /**
   * How long a server that goes down still takes connections, to answer 503 `draining` to what was on its way: a request
   * already in the kernel's queue would otherwise see a reset.
   */
  readonly drainGraceMs: number;
  /** Time for requests in flight when the server goes down. */
  readonly drainTimeoutMs: number;
  /** Token bucket of each tenant: records (a batch counts its lines) a second, and at once. */
  readonly tenantRatePerSecond: number;
  readonly tenantBurst: number;
  /** Bucket of each address that asks for a cosignature, and how many addresses are remembered. */
  readonly witnessAddressRatePerSecond: number;
  readonly witnessAddressBurst: number;
  readonly witnessAddressesMax: number;
  /** Bucket of each log that is cosigned, for requests it signed: each may cost a durable write. */
  readonly witnessLogRatePerSecond: number;
  readonly witnessLogBurst: number;
}

export const defaultLimits: Limits = {
  verifyBodyBytesMax: 2 * 1024 * 1024,
  batchBodyBytesMax: 16 * 1024 * 1024,
  batchLinesMax: 10_000,
  smallBodyBytesMax: 64 * 1024,
  bodiesBytesMax: 256 * 1024 * 1024,
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 15_000,
  timeoutCheckMs: 1_000,
  connectionsMax: 4_096,
  judgeTimeoutMs: 5_000,
  judgeQueueMax: 4_096,
  judgeQueueBytesMax: 64 * 1024 * 1024,
  inlineBytesMax: 4 * 1024,
  waitTimeoutMsMax: 30_000,
  drainGraceMs: 100,
  drainTimeoutMs: 10_000,
  tenantRatePerSecond: 50_000,
  tenantBurst: 100_000,
  witnessAddressRatePerSecond: 20,
  witnessAddressBurst: 100,
  witnessAddressesMax: 10_000,
  witnessLogRatePerSecond: 20,
  witnessLogBurst: 60,
};

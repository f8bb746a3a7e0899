/**
 * Security events: a bad signature, a bad credential, another tenant's name, a damaged row. Each is counted; at most one log line a kind
 * and second is written, with how many were left out, so that an attacker cannot write our disk full (I1).
 */

import type { LogFields, Logger } from './logger.ts';

export type SecurityEvent =
  | 'signature_refused'
  | 'credential_refused'
  | 'admin_credential_refused'
  | 'tenant_mismatch'
  | 'equivocation'
  | 'row_corrupt'
  | 'witnessed_log_forked';

export interface SecurityEvents {
  report(event: SecurityEvent, fields: LogFields): void;
}

const LINE_INTERVAL_MS = 1_000;

export function securityEvents(options: {
  logger: Logger;
  count: (event: SecurityEvent) => void;
  nowMs: () => number;
}): SecurityEvents {
  const last = new Map<SecurityEvent, { lineMs: number; suppressed: number }>();
  return {
    report(event, fields) {
      options.count(event);
      const nowMs = options.nowMs();
      const state = last.get(event);
      if (state !== undefined && nowMs >= state.lineMs && nowMs - state.lineMs < LINE_INTERVAL_MS) {
        state.suppressed++;
        return;
      }
      options.logger.warn('security', { kind: event, suppressed: state?.suppressed ?? 0, ...fields });
      last.set(event, { lineMs: nowMs, suppressed: 0 });
    },
  };
}

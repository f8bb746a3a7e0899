import { expect, test } from 'vitest';
import { jsonLogger } from './logger.ts';
import { securityEvents } from './security-events.ts';

test('counts each event and writes at most one line a kind and second, saying how many it left out', () => {
  let nowMs = 0;
  const lines: string[] = [];
  const counted: string[] = [];
  const logger = jsonLogger({ write: (line) => lines.push(line), nowMs: () => nowMs, level: 'info' });
  const events = securityEvents({ logger, count: (event) => counted.push(event), nowMs: () => nowMs });
  for (let i = 0; i < 1_000; i++) events.report('signature_refused', { tenant: 'a' });
  events.report('credential_refused', {});
  expect(counted).toHaveLength(1_001);
  expect(lines).toHaveLength(2);
  nowMs = 1_000;
  events.report('signature_refused', { tenant: 'a' });
  expect(JSON.parse(lines[2]!)).toEqual({
    time: '1970-01-01T00:00:01.000Z',
    level: 'warn',
    event: 'security',
    kind: 'signature_refused',
    suppressed: 999,
    tenant: 'a',
  });
});

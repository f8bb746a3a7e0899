import type { TaskPolicy } from '../assess/types.ts';

/** The policy of a task nobody has set one for. `observe`: it says what it would have done. */
export const defaultPolicy: TaskPolicy = {
  version: 1,
  mode: 'observe',
  acceptRiskMax: 0.3,
  retryAttemptsMax: 3,
};

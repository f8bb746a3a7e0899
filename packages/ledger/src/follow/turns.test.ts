import { expect, it } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import { until } from '../testing/follower-contract.ts';
import { instantClock } from '../testing/memory-parts.ts';
import { Turns } from './turns.ts';

/** Nothing ends by itself on it: only who is woken goes on. */
const patient: Clock = {
  nowMs: () => 0,
  sleep: (_, signal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted === true) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    }),
};

function gate(): { readonly passed: Promise<void>; open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

it('a rest ends when somebody asked for something, and at the end', async () => {
  const turns = new Turns(patient);
  let steps = 0;
  turns.start(async () => {
    steps++;
    return 1e12;
  });
  await until(() => steps === 1);
  expect(await turns.asked(async () => 'done')).toBe('done');
  await until(() => steps === 2);
  await expect(turns.asked(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await until(() => steps === 3);
  await turns.close();
  expect([steps, turns.isOver]).toEqual([3, true]);
});

it('what is asked for comes between two steps, in order, and the step under way is let end', async () => {
  const [turns, step] = [new Turns(patient), gate()];
  const order: string[] = [];
  turns.start(async () => {
    order.push('step begins');
    await step.passed;
    order.push('step ends');
    return 1e12;
  });
  await until(() => order.length === 1);
  const asked = ['a', 'b'].map((name) => turns.asked(async () => order.push(name)));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([order, turns.calledOff.aborted]).toEqual([['step begins'], false]);
  step.open();
  await Promise.all(asked);
  expect(order.slice(0, 4)).toEqual(['step begins', 'step ends', 'a', 'b']);
  await turns.close();
});

it('the end waits for the step under way and takes no other, also where it comes in the middle of one', async () => {
  const [turns, step] = [new Turns(patient), gate()];
  let [begun, ended, isClosed] = [0, 0, false];
  turns.start(async () => {
    begun++;
    await step.passed;
    ended++;
    return 1e12;
  });
  await until(() => begun === 1);
  const closing = turns.close().then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([isClosed, ended]).toEqual([false, 0]);
  step.open();
  await closing;
  expect([begun, ended]).toEqual([1, 1]);
});

it('a call that outlasts the grace is called off, for the end and for whoever asks; the next one is not', async () => {
  for (const wait of ['close', 'ask'] as const) {
    const turns = new Turns(instantClock());
    const signals: AbortSignal[] = [];
    turns.start(async () => {
      const signal = turns.calledOff;
      signals.push(signal);
      if (signals.length === 1) await patient.sleep(0, signal);
      return 1;
    });
    await until(() => signals.length === 1);
    if (wait === 'ask') {
      await turns.asked(async () => expect(turns.calledOff.aborted).toBe(false));
      await until(() => signals.length > 1);
      expect(signals[1]?.aborted).toBe(false);
    }
    await turns.close();
    expect(signals[0]?.aborted, wait).toBe(true);
  }
});

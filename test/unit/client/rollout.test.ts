import { expect, it } from 'vitest';
import { ClientRollout, type RolloutSession } from '../../../client/rollout.ts';
import { JoywireError } from '../../../shared/errors.ts';
import type { Params } from '../../../shared/protocol.ts';
import { ClientClock } from '../../support/client-clock.ts';

/** A session whose gateway answers one call after another with what is in the list. */
function session(answers: readonly unknown[], asked: string[]): RolloutSession {
  const left = [...answers];
  return {
    call: async (method: string, _params: Params) => {
      asked.push(method);
      const answer = left.shift();
      if (answer instanceof JoywireError) throw answer;
      return answer;
    },
    called: 0,
    encoding: 'msgpack',
    maxMessageBytes: 1_000_000,
    clock: new ClientClock(),
    newId: () => 'r',
  };
}

it('a rollout that is submitted again and would begin with a game that has gone on is cancelled, and lost', async () => {
  const asked: string[] = [];
  const forgotten = new JoywireError('unknown_rollout', 'no such rollout');
  const answers = [{ frame: 10 }, forgotten, { frame: 11 }, undefined];
  const rollout = new ClientRollout(['A'], {}, session(answers, asked));
  await expect(rollout.all()).rejects.toMatchObject({ code: 'call_lost' });
  expect(asked).toEqual(['rollout', 'rollout_results', 'rollout', 'cancel_rollout']);
});

it('a rollout whose kept state cannot be kept again after a restart is lost, and does not name it', async () => {
  const forgotten = new JoywireError('unknown_rollout', 'no such rollout');
  const page = (gateway: string, result: object, done: boolean) => ({
    results: [{ run: 0, frames: 1, ...result }],
    done,
    gateway,
  });
  const asked: string[] = [];
  const kept = page('a', { status: 'done', checkpoint: 'end' }, false);
  const full = page('b', { status: 'failed', code: 'checkpoints_full', message: 'no room' }, false);
  const answers = [{}, kept, forgotten, {}, full];
  const runs = [
    { script: 'A', from: 'here' },
    { script: 'B', from: 'here' },
  ];
  const rollout = new ClientRollout(runs, { keep: true }, session(answers, asked));
  await expect(rollout.all()).rejects.toMatchObject({
    code: 'call_lost',
    message: expect.stringContaining('run 0 kept as end could not be kept again: no room'),
  });
  expect(asked.slice(0, 5)).toEqual([
    'rollout',
    'rollout_results',
    'rollout_results',
    'rollout',
    'rollout_results',
  ]);
});

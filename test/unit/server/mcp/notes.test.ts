import { expect, it } from 'vitest';
import { eventNote } from '../../../../server/mcp/notes.ts';

it('a game that is back says what of it is lost: of a gateway that was restarted, what rollouts kept', () => {
  const note = (cause: string) => eventNote({ name: 'emulator_rebuilt', data: { cause, frame: 7 } });
  expect(note('trap')).toContain('at frame 7: nothing that was reported is lost');
  expect(note('restarted')).toContain('ends that earlier rollouts kept are');
});

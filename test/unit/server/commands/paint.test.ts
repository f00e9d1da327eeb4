import { expect, it } from 'vitest';
import { painter } from '../../../../server/commands/paint.ts';

const terminal = { write: () => undefined, isTTY: true };
const pipe = { write: () => undefined };

it.each([
  ['a terminal', terminal, {}, true],
  ['a terminal with an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
  ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['a terminal that knows no colours', terminal, { TERM: 'dumb' }, false],
  ['a pipe', pipe, {}, false],
])('%s: coloured %s', (_what, output, env, coloured) => {
  expect(painter(output, env)('red', 'x')).toBe(coloured ? '\u001b[31mx\u001b[39m' : 'x');
});

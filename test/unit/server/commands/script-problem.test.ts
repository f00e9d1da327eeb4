import { expect, it } from 'vitest';
import { scriptProblem } from '../../../../server/commands/script-problem.ts';
import { compileScript } from '../../../../shared/script.ts';

/** What is printed for a wrong script: the line and the caret line. */
function shown(script: string): string[] {
  const result = compileScript(script);
  if (result.ok) throw new Error('the script is right');
  return scriptProblem(script, result.error).split('\n');
}

it('the caret stands under the place that is wrong', () => {
  const [message, line = '', caret = ''] = shown('A B FOO*3');
  expect(message).toMatch(/^script, line 1, column 5: /);
  expect(line.slice(caret.indexOf('^'), caret.indexOf('^') + 3)).toBe('FOO');
});

it('only the line that is wrong is shown, tabs as blanks', () => {
  const [message, line = '', caret = ''] = shown('A\r\nB\n\t\tFOO\nB');
  expect(message).toMatch(/^script, line 3, column 3: /);
  expect(line).toBe('    FOO');
  expect(caret).toBe('    ^');
});

it('of a long line the part around the place is shown', () => {
  const [, line = '', caret = ''] = shown(`${'A '.repeat(500)}FOO ${'B '.repeat(500)}`);
  expect(line.length).toBeLessThan(80);
  expect(line.slice(caret.indexOf('^')).startsWith('FOO')).toBe(true);
});

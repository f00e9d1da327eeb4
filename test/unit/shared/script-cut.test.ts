import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileScript, type ScriptItem } from '../../../shared/script.ts';
import { cutScript } from '../../../shared/script-cut.ts';

const texts = (script: string, most: number) =>
  cutScript(script, items(script), most).map(({ text }) => text);

function items(script: string): readonly ScriptItem[] {
  const compiled = compileScript(script);
  if (!compiled.ok) throw new Error(compiled.error.message);
  return compiled.items;
}

describe('a script that is cut', () => {
  it.each([
    ['A B START', 3, ['A B START']],
    ['A B SELECT UP', 3, ['A B SELECT', 'UP']],
    ['UP*7', 3, ['UP*3', 'UP*3', 'UP*1']],
    ['A UP:10:2*4 B', 3, ['A', 'UP:10:2*3', 'UP:10:2*1 B']],
    ['A (B UP)*3 A', 3, ['A', '(B UP)*3', 'A']],
    ['  a   # first\n( b  up )*2 # second ( \n\tW:30', 8, ['a (b up)*2 W:30']],
    [
      'A{stop 5==1} B*2{wait 0xC026&0x0F==1 120 go} (A B)*2{go 5 == 1}{stop 6==2} UP*2',
      2,
      ['A{stop 5==1}', 'B*2{wait 0xC026&0x0F==1 120 go}', '(A B)*2{go 5 == 1}{stop 6==2}', 'UP*2'],
    ],
    ['', 3, []],
    ['# nothing', 3, []],
  ])('is short, and cut between singles only: %j by %i', (script, most, pieces) => {
    expect(texts(script, most)).toEqual(pieces);
  });

  it('stands for the same items in pieces that are small enough, whatever it is', () => {
    const single = fc.constantFrom('A', 'b+up:3', 'UP:10:2', 'W:5', 'START*2', 'L*9', 'A:1:0*30');
    const group = fc
      .tuple(fc.array(single, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 3 }))
      .map(([members, times]) => `( ${members.join('  ')} (A B)*2)*${times}`);
    const blank = fc.constantFrom(' ', '\n', ' # (a comment {\n', '\t ');
    const script = fc
      .array(fc.tuple(fc.oneof(single, group), blank), { maxLength: 12 })
      .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(script, fc.integer({ min: 1, max: 40 }), (text, most) => {
        const pieces = cutScript(text, items(text), most);
        expect(pieces.flatMap((piece) => piece.items)).toEqual(items(text));
        for (const piece of pieces) {
          expect(items(piece.text)).toEqual(piece.items);
          const inputs = piece.items.reduce(
            (sum, item) => sum + (item.kind === 'group' ? item.presses.length : 1),
            0,
          );
          expect(piece.inputs).toBe(inputs);
          expect(inputs <= most || piece.items.length === 1).toBe(true);
        }
      }),
    );
  });
});

import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { writeMovie } from '../../../../server/journal/movie.ts';
import type { JournalRecord } from '../../../../server/journal/record.ts';
import { entries, header, keys, press, ROM_HASH, session } from '../../../support/sample-run.ts';

async function movie(
  records: readonly JournalRecord[],
  { segment = 1, romSha1 = undefined as string | undefined } = {},
) {
  const pieces: Uint8Array[] = [];
  const stream = (async function* () {
    for (const record of records) yield { segment, record };
  })();
  const frames = await writeMovie(stream, { romSha1, write: (piece) => pieces.push(piece) });
  const files = unzipSync(Buffer.concat(pieces));
  return {
    frames,
    file: (name: string) => strFromU8(files[name] ?? new Uint8Array()),
    names: Object.keys(files),
  };
}

const BUTTONS = { A: 1, B: 2, SELECT: 4, START: 8, RIGHT: 16, LEFT: 32, UP: 64, DOWN: 128 };

it('has the files of a bk2', async () => {
  const { names } = await movie([header]);
  const wanted = ['Comments.txt', 'Header.txt', 'Input Log.txt', 'Subtitles.txt', 'SyncSettings.json'];
  expect(names.toSorted()).toEqual(wanted);
});

it('has a line a frame, with its buttons in the order of the key', async () => {
  const singles = ['UP', 'DOWN', 'LEFT', 'RIGHT', 'START', 'SELECT', 'B', 'A'] as const;
  const presses = singles.map((name) => press(BUTTONS[name], 1, 0));
  const { frames, file } = await movie([
    header,
    session(),
    entries(1, 0, [...presses, press(255, 1, 1), keys(1)]),
  ]);
  expect(frames).toBe(11);
  expect(file('Input Log.txt').split('\n')).toEqual([
    '[Input]',
    'LogKey:#Up|Down|Left|Right|Start|Select|B|A|Power|',
    '|U........|',
    '|.D.......|',
    '|..L......|',
    '|...R.....|',
    '|....S....|',
    '|.....s...|',
    '|......B..|',
    '|.......A.|',
    '|UDLRSsBA.|',
    '|.........|',
    '|.......A.|',
    '[/Input]',
    '',
  ]);
});

it('a reset is the power key on the frame after it', async () => {
  const records: JournalRecord[] = [
    header,
    session(),
    entries(1, 0, [press(1, 1, 1)]),
    { kind: 'system', frame: 2, what: 'reset' },
    entries(2, 2, [press(1, 2, 0)]),
  ];
  const lines = (await movie(records)).file('Input Log.txt').split('\n').slice(2, -2);
  expect(lines).toEqual(['|.......A.|', '|.........|', '|.......AP|', '|.......A.|']);
});

it('a wait of hours is as many lines', async () => {
  const { frames, file } = await movie([header, { kind: 'mark', frame: 500_001 }]);
  expect(frames).toBe(500_001);
  expect(file('Input Log.txt').split('\n')).toHaveLength(500_001 + 4);
});

it('its header names the game, and the ROM where it is known', async () => {
  const head = async (record: JournalRecord, romSha1?: string) => {
    const { file } = await movie([record], { romSha1 });
    return new Map(
      file('Header.txt')
        .trimEnd()
        .split('\n')
        .map((line): [string, string] => {
          const [key = '', ...value] = line.split(' ');
          return [key, value.join(' ')];
        }),
    );
  };
  const plain = await head({ ...header, rom: { name: 'a\nb', hash: ROM_HASH } });
  expect(Object.fromEntries(plain)).toMatchObject({
    MovieVersion: 'BizHawk v2.0.0',
    Platform: 'GB',
    GameName: 'a b',
    Core: 'Gambatte',
    rerecordCount: '0',
  });
  expect([plain.has('SHA1'), plain.has('IsCGBMode')]).toEqual([false, false]);
  const colour = await head({ ...header, core: { ...coreOf(header), mode: 'cgb' } }, 'ab12');
  expect([colour.get('SHA1'), colour.get('IsCGBMode')]).toEqual(['AB12', '1']);
});

it('the same run makes the same bytes, whenever it is exported', async () => {
  const bytes = async () => {
    const pieces: Uint8Array[] = [];
    const stream = (async function* () {
      yield { segment: 1, record: header };
    })();
    await writeMovie(stream, { romSha1: undefined, write: (piece) => pieces.push(piece) });
    return Buffer.concat(pieces);
  };
  expect(await bytes()).toEqual(await bytes());
});

it.each<[title: string, records: JournalRecord[], segment: number, code: string, message: string]>([
  ['whose first segments are gone', [header], 2, 'no_movie', 'its first segments are not kept any more'],
  ['without a header', [session()], 1, 'journal_corrupt', 'no header'],
  ['without a record', [], 1, 'journal_corrupt', 'no records'],
])('a run %s makes none', async (_, records, segment, code, message) => {
  await expect(movie(records, { segment })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

function coreOf({ core }: typeof header) {
  if (core === undefined) throw new Error('no core');
  return core;
}

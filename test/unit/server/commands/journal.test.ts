import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../../server/commands/dispatch.ts';
import { FileJournals } from '../../../../server/journal/files.ts';
import type { JournalRecord } from '../../../../server/journal/record.ts';
import { type DataDirectory, dataDirectory } from '../../../support/data-directory.ts';
import {
  ended,
  entries,
  executed,
  header,
  keys,
  press,
  record,
  session,
  stoppedAt,
} from '../../../support/sample-run.ts';

let directory: DataDirectory;

beforeEach(() => {
  directory = dataDirectory();
});

afterEach(() => directory.remove());

async function run(...args: readonly string[]) {
  const written = { out: '', err: '' };
  const code = await dispatch(['journal', ...args], {
    stdout: {
      write: (text) => {
        written.out += text;
      },
    },
    stderr: {
      write: (text) => {
        written.err += text;
      },
    },
    stdin: (async function* () {})(),
    env: { JOYWIRE_DATA: '.' },
    cwd: directory.path,
    onSignal: () => () => undefined,
  });
  return { code, ...written };
}

const openJournals = () => FileJournals.open({ data: directory.path, durability: 'process' });

/** Runs by id, each with its segments, on disk and closed. */
async function keep(runs: Readonly<Record<string, readonly (readonly JournalRecord[])[]>>): Promise<void> {
  const journals = await openJournals();
  for (const [id, segments] of Object.entries(runs)) {
    const log = await journals.create(id);
    for (const segment of segments) {
      log.roll();
      await record(log, segment);
    }
    await log.close();
  }
  await journals.close();
}

const played = [header, session(), entries(1, 0, [press(1, 8, 8), keys(64)])];
const done = [...played, ended()];

describe('ls', () => {
  it('lists every run, newest last, and says whether it has ended', async () => {
    await keep({
      'run-b': [
        [{ ...header, label: undefined, startedAtMs: header.startedAtMs + 60_000 }, ...played.slice(1)],
      ],
      'run-a': [done],
    });
    const { code, out, err } = await run('ls');
    expect([code, err]).toEqual([0, '']);
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(['run', 'label', 'rom', 'started', 'frames', 'entries', 'size', 'state']);
    expect(rows[1]).toMatchObject([
      'run-a',
      'first try',
      'overworld.gb',
      '2026-01-31T12:00:00Z',
      '17',
      '2',
      {},
      'ended',
    ]);
    expect(rows[2]).toMatchObject([
      'run-b',
      '-',
      'overworld.gb',
      '2026-01-31T12:01:00Z',
      '17',
      '2',
      {},
      'live',
    ]);
  });

  it('says the same as JSON, and more', async () => {
    await keep({ 'run-a': [played, [header, session(0, 2)]] });
    const { out } = await run('ls', '--json');
    expect(JSON.parse(out)).toMatchObject({
      run: 'run-a',
      label: 'first try',
      rom: 'overworld.gb',
      startedAt: '2026-01-31T12:00:00.000Z',
      entries: 2,
      segments: [1, 2],
      sessions: ['session-0'],
      state: 'live',
      fault: null,
    });
  });

  it('a label cannot break the table', async () => {
    await keep({ 'run-a': [[{ ...header, label: `a\u001b[2J\nb${'c'.repeat(50)}` }, session()]] });
    const { out } = await run('ls');
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(out).not.toContain('\u001b');
    expect(out).toContain('…');
  });

  it('works while a gateway writes', async () => {
    const journals = await openJournals();
    const log = await journals.create('run-a');
    await record(log, played);
    expect((await run('ls')).out).toContain('live');
    expect((await run('export', 'run-a')).code).toBe(0);
    await journals.close();
  });

  it('says that there are none, and where it looked', async () => {
    expect(await run('ls')).toEqual({ code: 0, out: '', err: `joywire: no runs in ${directory.path}\n` });
    const { err } = await run('ls', '--data', 'elsewhere');
    expect(err).toContain(join(directory.path, 'elsewhere'));
  });

  it('lists a run whose journal is damaged as far as it can be read, and says so', async () => {
    await keep({ 'run-a': [played], 'run-b': [done] });
    writeFileSync(join(directory.path, 'journals', 'run-b', '000001.jwj'), 'nothing of ours, whatever it is');
    const { code, out, err } = await run('ls');
    expect(code).toBe(0);
    expect(out).toMatch(/^run-b .* broken$/m);
    expect(out).toMatch(/^run-a .* live$/m);
    expect(err).toBe('joywire: run-b: segment 1: a broken segment head\n');
  });
});

describe('show', () => {
  it('says what a guard stopped and where, and what was waited for', async () => {
    const asked = press(1, 8, 8);
    const ran = { ...executed(21, 16), detail: { waited: 4 } };
    const guarded = {
      ...entries(3, 21, [asked]),
      entries: [
        { asked, outcome: ran },
        { asked, outcome: stoppedAt(60, 23) },
      ],
    };
    await keep({ 'run-a': [[...played, guarded]] });
    const { out } = await run('show', 'run-a');
    expect(out).toContain('A:8:8 waited 4 @21+16, A:8:8 waited 23 stopped by guard 0 @60');
  });

  it('has a line for every record', async () => {
    const others: JournalRecord[] = [
      { kind: 'system', frame: 17, what: 'pace', pace: 'realtime', speed: 2 },
      { kind: 'mark', frame: 20 },
      {
        kind: 'snapshot',
        cause: 'interval',
        frame: 20,
        held: 64,
        digest: 'd'.repeat(64),
        state: new Uint8Array(2048),
      },
      {
        kind: 'intent',
        session: 0,
        firstSeq: 3,
        asked: [press(0, 4, 0)],
        batch: { id: 9, size: 1, reason: 'time', queuedUs: 0, driverUs: 0 },
      },
    ];
    await keep({ 'run-a': [[...done, ...others]] });
    const { code, out } = await run('show', 'run-a');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(done.length + others.length);
    expect(lines).toEqual([
      expect.stringMatching(
        /^ {2}1 {2}header {4}run run-0001 \(first try\), started 2026-.*ROM overworld.gb aaaaaaaaaaaa, core boytacean/,
      ),
      '  1  session   #0 session-0, threshold',
      '  1  entries   #0 seq 1..2 2026-01-31T12:00:01.000Z batch 1 of 2 (size): A:8:8 @0+16, keys UP @16+1',
      '  1  ended     #0 2026-01-31T12:00:05.000Z: bye',
      '  1  system    frame 17: pace realtime times 2',
      '  1  mark      frame 20',
      '  1  snapshot  frame 20, interval: 2.0 KiB, digest dddddddddddd, UP held',
      '  1  intent    #0 seq 3 batch 9: W:4:0',
    ]);
    expect(out).not.toContain('cccc');
  });

  it('a large group is cut short', async () => {
    await keep({
      'run-a': [
        [
          header,
          session(),
          entries(
            1,
            0,
            Array.from({ length: 100 }, () => press(1, 1, 1)),
          ),
        ],
      ],
    });
    expect((await run('show', 'run-a')).out).toContain('A:1:1 @22+2, and 88 more\n');
  });

  it('a run may be named by the beginning of its id, if no other begins so', async () => {
    await keep({ 'run-0001': [done], 'run-0002': [done] });
    expect((await run('show', 'run-0001')).code).toBe(0);
    expect((await run('show', 'run-')).err).toContain('several runs begin with "run-": run-0001, run-0002');
    expect((await run('show', 'run')).err).toBe(`joywire: there is no run "run" in ${directory.path}\n`);
    expect((await run('rm', 'run-0002')).code).toBe(0);
    expect((await run('show', 'run-')).code).toBe(0);
  });

  it('shows what is before a damage, and fails', async () => {
    await keep({ 'run-a': [done] });
    const path = join(directory.path, 'journals', 'run-a', '000001.jwj');
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    const { code, out, err } = await run('show', 'run-a');
    expect([code, out.trimEnd().split('\n').length]).toEqual([1, done.length - 1]);
    expect(err).toMatch(
      /^joywire: segment 1, byte \d+: a half-written record; \d+ bytes from there on are not read\n$/,
    );
  });
});

describe('export', () => {
  it.each([[[]], [['--jsonl']]])('%j: a JSON object a line', async (flags) => {
    await keep({ 'run-a': [done] });
    const { code, out } = await run('export', 'run-a', ...flags);
    const types = out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line).type);
    expect([code, types]).toEqual([0, ['run', 'session', 'entry', 'entry', 'ended']]);
  });

  it('--bk2: a movie, in a file', async () => {
    await keep({ 'run-a': [done] });
    const { code, out, err } = await run('export', 'run-a', '--bk2', 'run.bk2');
    expect([code, out, err]).toEqual([0, '', `joywire: ${join(directory.path, 'run.bk2')}: 17 frames\n`]);
    const files = unzipSync(readFileSync(join(directory.path, 'run.bk2')));
    expect(Buffer.from(files['Input Log.txt'] ?? []).toString()).toContain('|.......A.|\n');
  });

  it('--rom: the movie names the ROM, if it is the one', async () => {
    const rom = Buffer.alloc(32_768, 7);
    writeFileSync(join(directory.path, 'game.gb'), rom);
    writeFileSync(join(directory.path, 'other.gb'), 'x');
    const hash = createHash('sha256').update(rom).digest('hex');
    await keep({ 'run-a': [[{ ...header, rom: { name: 'game.gb', hash } }, ...done.slice(1)]] });
    const movie = ['export', 'run-a', '--bk2', 'run.bk2', '--rom'];
    expect(await run(...movie, 'other.gb')).toMatchObject({
      code: 2,
      err: expect.stringContaining('this is another one'),
    });
    expect(await run(...movie, 'gone.gb')).toMatchObject({ code: 2, err: expect.stringContaining('ENOENT') });
    expect((await run(...movie, 'game.gb')).code).toBe(0);
    const files = unzipSync(readFileSync(join(directory.path, 'run.bk2')));
    const sha1 = createHash('sha1').update(rom).digest('hex').toUpperCase();
    expect(Buffer.from(files['Header.txt'] ?? []).toString()).toContain(`SHA1 ${sha1}\n`);
  });

  it('a run that makes no movie leaves no file, and an older one as it was', async () => {
    const loaded: JournalRecord = {
      kind: 'snapshot',
      cause: 'load',
      frame: 17,
      held: 0,
      digest: '',
      state: new Uint8Array(),
    };
    await keep({ 'run-a': [[...played, loaded]] });
    writeFileSync(join(directory.path, 'run.bk2'), 'older');
    const { code, err } = await run('export', 'run-a', '--bk2', 'run.bk2');
    expect(code).toBe(1);
    expect(err).toBe('joywire: there is no movie of this run: a state was loaded at frame 17\n');
    expect(readFileSync(join(directory.path, 'run.bk2'), 'utf8')).toBe('older');
    expect(existsSync(join(directory.path, 'run.bk2.unfinished'))).toBe(false);
  });
});

describe('rm', () => {
  it('drops a run that ended', async () => {
    await keep({ 'run-a': [done], 'run-b': [done] });
    const { code, out } = await run('rm', 'run-a');
    expect([code, out]).toEqual([0, expect.stringMatching(/^dropped run-a, \d+ B\n$/)]);
    expect((await run('ls')).out).not.toContain('run-a');
    expect((await run('ls')).out).toContain('run-b');
  });

  it('drops one that has not only by force', async () => {
    await keep({ 'run-a': [played] });
    const refused = await run('rm', 'run-a');
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('--force drops it all the same'),
    ]);
    expect((await run('rm', 'run-a', '--force')).code).toBe(0);
  });

  it('not even by force while a gateway has it; others go', async () => {
    await keep({ 'run-b': [done] });
    const journals = await openJournals();
    await record(await journals.create('run-a'), played);
    const { code, err } = await run('rm', 'run-a', '--force');
    expect([code, err]).toEqual([1, expect.stringContaining(`is running (process ${process.pid})`)]);
    expect((await run('rm', 'run-b')).code).toBe(0);
    await journals.close();
  });
});

describe('prune', () => {
  it('drops runs that ended, and leading segments of others', async () => {
    await keep({ 'run-a': [done], 'run-b': [played, [header, session(0, 2)], [header, session(0, 2)]] });
    const { code, out } = await run('prune', '--max-bytes', '10');
    expect(code).toBe(0);
    expect(out).toMatch(/^dropped run-a, \d+ B\ndropped run-b up to segment 1, \d+ B\n$/);
    expect((await run('ls', '--json')).out).toContain('"segments":[2,3]');
  });

  it('by age: what was written to just now stays', async () => {
    await keep({ 'run-a': [done] });
    expect((await run('prune', '--max-days', '1')).out).toBe('');
    expect((await run('prune', '--max-days', '0')).out).toContain('dropped run-a');
  });
});

describe('a wrong command line exits 2 and says why', () => {
  it.each([
    [[], 'journal: what is it to do? allowed: ls, show, export, rm, prune'],
    [['sow'], 'journal sow: unknown; did you mean show?; allowed: ls, show, export, rm, prune'],
    [['show'], '<run> is missing'],
    [['show', 'a', 'b'], 'b: unexpected'],
    [['ls', 'a'], 'a: unexpected'],
    [['ls', '--jsn'], '--jsn: unknown flag; did you mean --json?'],
    [['export', 'a', '--jsonl', '--bk2', 'x'], '--jsonl, --bk2: give one of them'],
    [['export', 'a', '--rom', 'x'], '--rom: it is for --bk2'],
    [['prune'], 'prune: give --max-bytes, --max-days or both'],
    [['prune', '--max-bytes', '1k'], '--max-bytes: got "1k"; allowed: a whole number'],
    [['rm', 'gone'], 'there is no run "gone" in '],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`joywire: ${message}`);
  });
});

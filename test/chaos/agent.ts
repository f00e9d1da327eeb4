/** One session of the chaos: what it presses, and what became of it according to the gateway and to the game. */
import { type Client, connect, type EntryOutcome } from '../../client/index.ts';
import { GameRecorder, RECORDER_RANGES } from '../support/game-recorder.ts';
import { type Random, random } from '../support/random.ts';

const MASKS = { A: 1, B: 2, RIGHT: 16, LEFT: 32, UP: 64, DOWN: 128 } as const;
type Button = keyof typeof MASKS;
const BUTTONS: readonly [Button, ...Button[]] = ['A', 'B', 'RIGHT', 'LEFT', 'UP', 'DOWN'];
/** Presses between two looks at the recorder, which keeps 512 changes. */
export const LOOK_EVERY = 200;
/** Frames for the game to start, before which it looks at no button. */
export const START_FRAMES = 60;

/** All RAM that can be read by address, and the picture. */
export const RAM = [
  [0x8000, 0x2000],
  [0xa000, 0x2000],
  [0xc000, 0x2000],
  [0xfe00, 0xa0],
  [0xff80, 0x7f],
] as const;

export interface ChosenPress {
  readonly button: Button;
  readonly buttons: number;
  readonly hold: number;
  readonly gap: number;
}

/** The whole game, as far as it can be compared. */
export interface GameState {
  readonly frame: number;
  readonly memory: readonly Uint8Array[];
  readonly picture: Uint8Array;
}

export interface AgentReport {
  readonly presses: readonly ChosenPress[];
  /** Buttons that went down, as the game's own recorder has them, in order. */
  readonly recorded: readonly number[];
  readonly end: GameState;
  /** What the SDK said that it should not have. */
  readonly wrong: readonly string[];
}

export const readRam = (read: (address: number, length: number) => Uint8Array) =>
  RAM.map(([address, length]) => read(address, length));

export function choosePresses(seed: number, count: number): ChosenPress[] {
  const choose = random(seed);
  return Array.from({ length: count }, () => {
    const button = choose.pick(BUTTONS);
    return { button, buttons: MASKS[button], hold: 1 + choose.below(2), gap: 1 };
  });
}

export class Agent {
  readonly #presses: readonly ChosenPress[];
  readonly #choose: Random;
  readonly #recorder = new GameRecorder();
  readonly #wrong: string[] = [];
  readonly #onSettled: () => void;
  #frame = START_FRAMES;

  /** @param onSettled told of every press that has its outcome */
  constructor(seed: number, count: number, onSettled: () => void) {
    this.#presses = choosePresses(seed, count);
    this.#choose = random(seed + 1);
    this.#onSettled = onSettled;
  }

  async run(url: string): Promise<AgentReport> {
    const pad = await connect(url, { reconnect: { baseMs: 5, maxMs: 100 }, resumeMs: 600_000 });
    await pad.send(`W:${START_FRAMES}`);
    for (let from = 0; from < this.#presses.length; from += LOOK_EVERY) {
      await this.#press(pad, this.#presses.slice(from, from + LOOK_EVERY));
      this.#recorder.drain((await again(() => pad.memory(RECORDER_RANGES))).memory);
    }
    const end = await again(() => stateOf(pad));
    await pad.close();
    const recorded = this.#recorder.changes.filter(({ buttons }) => buttons !== 0);
    return {
      presses: this.#presses,
      recorded: recorded.map(({ buttons }) => buttons),
      end,
      wrong: this.#wrong,
    };
  }

  /** Some one by one, some as groups, up to hundreds at once under way. */
  async #press(pad: Client, presses: readonly ChosenPress[]): Promise<void> {
    const sent: Promise<readonly EntryOutcome[]>[] = [];
    for (let at = 0; at < presses.length; ) {
      const size = this.#choose.below(3) === 0 ? 1 + this.#choose.below(20) : 1;
      const part = presses.slice(at, at + size);
      at += size;
      const [first] = part;
      sent.push(
        part.length > 1 || first === undefined
          ? pad.sequence(part)
          : pad.press(first.button, first).then((outcome) => [outcome]),
      );
    }
    const outcomes = (await Promise.all(sent)).flat();
    this.#settled(outcomes, presses);
    for (const _ of outcomes) this.#onSettled();
  }

  #settled(outcomes: readonly EntryOutcome[], presses: readonly ChosenPress[]): void {
    for (const [index, { status, firstFrame, frames, seq }] of outcomes.entries()) {
      const press = presses[index];
      if (press === undefined) continue;
      const right = status === 'executed' && firstFrame === this.#frame && frames === press.hold + press.gap;
      if (!right) this.#wrong.push(`seq ${seq}: ${status} at ${firstFrame}, due at ${this.#frame}`);
      this.#frame += press.hold + press.gap;
    }
  }
}

/** Looks again where the answer was lost with the line: a look changes nothing. */
async function again<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await look();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'call_lost' && code !== 'emulator_failed') throw error;
    }
  }
}

async function stateOf(pad: Client): Promise<GameState> {
  const { memory } = await pad.memory(RAM);
  const { frame, bytes } = await pad.screen({ format: 'raw' });
  return { frame, memory, picture: bytes };
}

/** How presses arrive: what agents and people do, and what would fool a strategy. */
import { BUTTONS } from '../../shared/buttons.ts';
import { type Random, randomFrom } from './random.ts';

export interface Arrival {
  readonly atMs: number;
  readonly buttons: number;
}

export interface Pattern {
  readonly name: string;
  readonly title: string;
  /** Frames of each press. */
  readonly frames: number;
  readonly arrivals: readonly Arrival[];
}

const { A, B, START, RIGHT, LEFT, UP, DOWN } = BUTTONS;
const DIRECTIONS = [UP, DOWN, LEFT, RIGHT];

/** Collects arrivals; time moves on with every gap. */
class Tape {
  readonly arrivals: Arrival[] = [];
  #nowMs = 100;

  after(gapMs: number, buttons: number): void {
    this.#nowMs += gapMs;
    this.arrivals.push({ atMs: this.#nowMs, buttons });
  }
}

type Write = (tape: Tape, random: Random, length: number) => void;

const WRITERS: readonly {
  readonly name: string;
  readonly title: string;
  readonly frames: number;
  readonly write: Write;
}[] = [
  { name: 'lone', title: 'lone presses', frames: 16, write: lone },
  { name: 'human', title: 'human play', frames: 16, write: human },
  { name: 'steady', title: 'steady 60/s', frames: 1, write: steady },
  { name: 'bursts', title: 'bursts, 1 ms apart', frames: 2, write: bursts },
  { name: 'script', title: 'LLM script every few s', frames: 16, write: script },
  { name: 'false_friends', title: 'adversarial: pairs that stop', frames: 4, write: falseFriends },
  { name: 'just_late', title: 'adversarial: just after a wait', frames: 4, write: justLate },
  { name: 'noise', title: 'adversarial: no pattern', frames: 4, write: noise },
];

/** @param length about how many presses each has */
export function patterns(length: number, seed: number): Pattern[] {
  return WRITERS.map(({ name, title, frames, write }, index) => {
    const tape = new Tape();
    write(tape, randomFrom(seed * 100 + index), length);
    return { name, title, frames, arrivals: tape.arrivals };
  });
}

function lone(tape: Tape, random: Random, length: number): void {
  for (let i = 0; i < length; i++) tape.after(random.about(1500, 0.5), pick(random, [A, B, ...DIRECTIONS]));
}

/** Walks, text that is clicked away, menus, and pauses to think. */
function human(tape: Tape, random: Random, length: number): void {
  while (tape.arrivals.length < length) {
    const scene = random.next();
    if (scene < 0.5) {
      const direction = pick(random, DIRECTIONS);
      tape.after(random.about(500, 0.5), direction);
      for (let i = random.whole(1, 6); i > 0; i--) tape.after(random.about(180, 0.15), direction);
    } else if (scene < 0.8) {
      for (let i = random.whole(3, 10); i > 0; i--) tape.after(random.about(110, 0.2), A);
    } else {
      tape.after(random.about(700, 0.4), START);
      for (let i = random.whole(1, 4); i > 0; i--) tape.after(random.about(140, 0.2), DOWN);
      tape.after(random.about(250, 0.3), A);
    }
    tape.after(random.about(900, 0.7), B);
  }
}

/** An agent that presses once a frame. */
function steady(tape: Tape, random: Random, length: number): void {
  // Deadlines do not move; what is late is late by its own.
  let lateMs = 0;
  for (let i = 0; i < length; i++) {
    const nextLateMs = random.about(0.2, 0.5);
    tape.after(1000 / 60 + nextLateMs - lateMs, RIGHT);
    lateMs = nextLateMs;
  }
}

function bursts(tape: Tape, random: Random, length: number): void {
  while (tape.arrivals.length < length) {
    tape.after(random.about(400, 0.3), A);
    for (let i = random.whole(5, 15); i > 0; i--) tape.after(random.about(1, 0.4), pick(random, [A, B]));
  }
}

/** Single presses written one after the other, which mostly arrive in one piece. */
function script(tape: Tape, random: Random, length: number): void {
  while (tape.arrivals.length < length) {
    tape.after(random.about(4000, 0.3), pick(random, DIRECTIONS));
    for (let i = random.whole(2, 11); i > 0; i--) {
      tape.after(random.next() < 0.8 ? 0 : random.between(0.3, 2), pick(random, [A, ...DIRECTIONS]));
    }
  }
}

/** Teaches that a press is followed at once by another, and then none is. */
function falseFriends(tape: Tape, random: Random, length: number): void {
  while (tape.arrivals.length < length) {
    for (let i = 0; i < 8; i++) {
      tape.after(300, A);
      tape.after(random.between(0.5, 2), A);
    }
    for (let i = 0; i < 16; i++) tape.after(300, A);
  }
}

/** The next press comes just when waiting for it was given up. */
function justLate(tape: Tape, random: Random, length: number): void {
  for (let i = 0; i < length; i++) tape.after(i % 2 === 0 ? 150 : 3.1 + random.between(0, 1), A);
}

/** Gaps of every size, none of which tells anything about the next. */
function noise(tape: Tape, random: Random, length: number): void {
  for (let i = 0; i < length; i++) {
    tape.after(0.5 * 2 ** random.between(0, 10), pick(random, [A, B, ...DIRECTIONS]));
  }
}

function pick(random: Random, buttons: readonly number[]): number {
  return buttons[random.whole(0, buttons.length - 1)] ?? A;
}

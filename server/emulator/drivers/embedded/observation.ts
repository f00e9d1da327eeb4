/** Reads from a machine what a step or a call asks for. */
import type { MemoryRange, Observe, Observed, PictureFormat } from '../../../../shared/protocol.ts';
import { JoywireError } from '../../../../shared/errors.ts';
import type { Machine } from './machine.ts';
import type { Memory } from './memory.ts';
import { encodePng, hashPicture } from '../picture.ts';
import type { Observation } from './wire.ts';

const NO_BYTES = new Uint8Array(0);

/** Whether the observation needs the picture of its frame. */
export function looksAtPicture(observe: Observe | undefined): boolean {
  return observe !== undefined && (observe.hash === true || observe.screen !== undefined);
}

/** The machine's picture; a raw one is to be copied before it is changed. */
export function readScreen(machine: Machine, format: PictureFormat): Uint8Array {
  return format === 'png' ? encodePng(machine.picture()) : machine.picture();
}

/** One byte string for each range. @throws JoywireError `invalid_params` or `unsupported`, naming the address */
export function readMemory(machine: Machine, ranges: readonly MemoryRange[]): Uint8Array[] {
  const memory = machine.memory();
  return ranges.map(([address, length]) => memory.read(address, length));
}

/** Reads single bytes of the machine as it is now, undefined where one cannot be read. It is looked at once, when the first is asked for. */
export function byteReader(machine: Machine): (address: number) => number | undefined {
  let memory: Memory | undefined;
  return (address) => {
    memory ??= machine.memory();
    try {
      return memory.read(address, 1)[0];
    } catch (error) {
      if (error instanceof JoywireError) return undefined;
      throw error;
    }
  };
}

/** Never throws for an address: the step has run all the same. A range that cannot be read is empty then, and named. */
export function observeMachine(machine: Machine, observe: Observe): Observation {
  const observed: { -readonly [key in keyof Observed]: Observed[key] } = {};
  const unread: string[] = [];
  if (observe.memory !== undefined) {
    const memory = machine.memory();
    observed.memory = observe.memory.map((range) => readRange(memory, range, unread));
  }
  if (observe.hash === true) observed.hash = hashPicture(machine.picture());
  if (observe.screen !== undefined) observed.screen = readScreen(machine, observe.screen);
  return { observed, unread: unread.length === 0 ? undefined : unread.join('; ') };
}

function readRange(memory: Memory, [address, length]: MemoryRange, unread: string[]): Uint8Array {
  try {
    return memory.read(address, length);
  } catch (error) {
    if (!(error instanceof JoywireError)) throw error;
    unread.push(error.message);
    return NO_BYTES;
  }
}

/** The machines of a thread, used again and again: switching one on takes as long as many frames. */
import { Machine } from '../emulator/drivers/embedded/machine.ts';
import type { MachineKind } from './wire.ts';

/** Machines a thread keeps; each takes about a megabyte, and its ROM. */
const KEPT = 4;

export class Machines {
  readonly #machines = new Map<string, Machine>();

  /** A machine of that kind, in whatever state. @throws JoywireError `invalid_rom` */
  get({ key, rom, sound }: MachineKind): Machine {
    const machine = this.#machines.get(key) ?? new Machine({ rom, battery: undefined, sound });
    // Maps keep their order: the first is the one that was not used for longest.
    this.#machines.delete(key);
    this.#machines.set(key, machine);
    const [oldest] = this.#machines.keys();
    if (this.#machines.size > KEPT && oldest !== undefined) this.#forget(oldest);
    return machine;
  }

  #forget(key: string): void {
    this.#machines.get(key)?.free();
    this.#machines.delete(key);
  }
}

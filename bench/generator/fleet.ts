/** Connections that stay open from job to job: opening a thousand takes longer than measuring them. */
import { PressConnection, type Target } from './connection.ts';

/** How many are opened at once. */
const AT_A_TIME = 50;

const fleets = new Map<string, PressConnection[]>();

/** @throws Error when there is none of that name */
export function fleet(name: string): readonly PressConnection[] {
  const found = fleets.get(name);
  if (found === undefined) throw new Error(`there is no fleet ${name}`);
  return found;
}

export interface Growth {
  readonly fleet: string;
  readonly target: Target;
  /** How many there are to be. */
  readonly connections: number;
}

/** Opens what is missing. */
export async function growFleet({ fleet: name, target, connections }: Growth): Promise<void> {
  const all = fleets.get(name) ?? [];
  fleets.set(name, all);
  all.push(...(await openAll(target, Math.max(0, connections - all.length))));
}

/** Each of them sends so many presses, whatever comes back. */
export function send({ fleet: name, presses }: { fleet: string; presses: number }): void {
  for (const connection of fleet(name)) connection.press(presses);
}

export async function openAll(target: Target, count: number): Promise<PressConnection[]> {
  const all: PressConnection[] = [];
  while (all.length < count) {
    const few = Math.min(AT_A_TIME, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: few }, () => PressConnection.open(target)))));
  }
  return all;
}

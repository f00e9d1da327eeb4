/** Turns what a message asks for into entries, or into outcomes that say why not. Pure. */
import type { Capabilities, GroupOptions, Observe, Outcome, Press } from '../../shared/protocol.ts';
import type { EntryCode } from '../../shared/errors.ts';
import { type Guard, membersLeft, ranged, rangeProblem } from '../../shared/guards.ts';
import type { StepGuards } from '../emulator/drivers/driver.ts';
import {
  approximate,
  guardsUnsupported,
  keysUnsupported,
  observeUnsupported,
  pressUnsupported,
} from '../emulator/support.ts';
import { type Entry, FaultyEntry, type Group, InputEntry } from './entry.ts';

/** What an admission needs to know of the session and the moment. */
export interface Admission {
  readonly capabilities: Capabilities;
  /** The session's default observation of every single input and every group. */
  readonly observe: Observe | undefined;
  /** Whether what the emulator cannot do exactly is approximated. */
  readonly approximate: boolean;
  readonly nowMs: number;
}

export function rejected(code: EntryCode, message: string): Outcome {
  return { status: 'rejected', firstFrame: null, frames: 0, certainty: 'none', detail: { code, message } };
}

export function admitPress(asked: Press, seq: number, to: Admission): InputEntry | FaultyEntry {
  const { press, how } = near(asked, to);
  const problem = how === undefined ? pressUnsupported(press, to.capabilities) : observeProblem(press, to);
  if (problem !== undefined) return new FaultyEntry(seq, rejected('unsupported', problem));
  return input(press, seq, undefined, press.options?.observe ?? to.observe, to, how);
}

export function admitKeys(buttons: number, seq: number, to: Admission): InputEntry | FaultyEntry {
  const problem = keysUnsupported(buttons, to.capabilities);
  if (problem !== undefined) return new FaultyEntry(seq, rejected('unsupported', problem));
  const step = { kind: 'keys', buttons, hold: 0, gap: 0, observe: to.observe } as const;
  return new InputEntry(step, seq, to.nowMs, undefined);
}

/**
 * A group is right as a whole or runs not at all.
 * @param skip members before `presses` that were accepted earlier: ranges of guards count them
 */
export function admitGroup(
  presses: readonly Press[],
  firstSeq: number,
  options: GroupOptions | undefined,
  to: Admission,
  skip = 0,
): InputEntry[] | FaultyEntry[] {
  const nearest = presses.map((press) => near(press, to));
  const problems = nearest.map(({ press, how }) =>
    how === undefined ? pressUnsupported(press, to.capabilities) : observeProblem(press, to),
  );
  const faulty = problems.findIndex((problem) => problem !== undefined);
  if (faulty >= 0) {
    return rejectGroup(firstSeq, presses.length, faulty, 'unsupported', problems[faulty] ?? '');
  }
  const last = presses.length - 1;
  const { guards } = options ?? {};
  const members = skip + presses.length;
  const cannot = guardsUnsupported(guards, members, to.capabilities);
  if (cannot !== undefined) return rejectGroup(firstSeq, presses.length, last, 'unsupported', cannot);
  const outside = guards && rangeProblem(guards, members);
  if (outside !== undefined) return rejectGroup(firstSeq, presses.length, last, 'invalid_entry', outside);
  const guardsOf = guardsByMember(guards, members);
  const group: Group = {
    size: presses.length,
    ackedWith: options?.together === true ? firstSeq + last : undefined,
    guarded: guards !== undefined,
  };
  const atEnd = options?.observe ?? to.observe;
  return nearest.map(({ press, how }, index) => {
    const seen = press.options?.observe ?? (index === last ? atEnd : undefined);
    return input(press, firstSeq + index, group, seen, to, how, guardsOf(skip + index));
  });
}

/** What guards a member, if anything does. */
function guardsByMember(
  guards: readonly Guard[] | undefined,
  members: number,
): (member: number) => StepGuards | undefined {
  if (guards === undefined) return () => undefined;
  const of = ranged(guards, members);
  return (member) => (of.some((guard) => membersLeft(guard, member) > 0) ? { of, member } : undefined);
}

/** The press as asked, or the nearest to it if the session lets it be approximated. */
function near(
  press: Press,
  { approximate: may, capabilities }: Admission,
): { press: Press; how: string | undefined } {
  return (may ? approximate(press, capabilities) : undefined) ?? { press, how: undefined };
}

function observeProblem(press: Press, { capabilities }: Admission): string | undefined {
  return observeUnsupported(press.options?.observe, capabilities);
}

/** Every member of a group rejected, because of the one at `faulty`. */
export function rejectGroup(
  firstSeq: number,
  count: number,
  faulty: number,
  code: EntryCode,
  message: string,
): FaultyEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const outcome =
      index === faulty
        ? rejected(code, message)
        : rejected(
            'group_rejected',
            `nothing of the group ran: member ${faulty + 1} of ${count} is wrong: ${message}`,
          );
    return new FaultyEntry(firstSeq + index, outcome);
  });
}

export function isFaulty(entry: Entry): entry is FaultyEntry {
  return entry.kind === 'faulty';
}

function input(
  press: Press,
  seq: number,
  group: Group | undefined,
  observe: Observe | undefined,
  to: Admission,
  approximated: string | undefined,
  guards?: StepGuards,
): InputEntry {
  const hold = press.hold ?? to.capabilities.nativeHold;
  const gap = press.gap ?? to.capabilities.nativeGap;
  const step = { kind: 'press', buttons: press.buttons, hold, gap, observe, guards } as const;
  return new InputEntry(step, seq, to.nowMs, group, approximated);
}

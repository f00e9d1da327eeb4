/** Takes a session's messages with entries: whose turn it is, what is wrong with them, and what becomes of that. */
import { compact } from '../../shared/check.ts';
import { assertNever, type EntryCode, type RequestCode } from '../../shared/errors.ts';
import type {
  ClientMessage,
  Command,
  GroupOptions,
  Member,
  Observe,
  Press,
  RequestError,
  ServerMessage,
} from '../../shared/protocol.ts';
import { isPlain, Macros } from '../../shared/macros.ts';
import { compileScript, scriptSize, type ScriptItem, type ScriptLimits } from '../../shared/script.ts';
import type { Fault } from '../../shared/validate.ts';
import type { Meter } from '../channels/stats/meter.ts';
import type { Clock } from '../clock.ts';
import { errorBody, errorMessage } from '../connection/request-error.ts';
import type { Emulator } from '../emulator/emulator.ts';
import { commandUnsupported } from '../emulator/support.ts';
import {
  type Admission,
  admitGroup,
  admitKeys,
  admitPress,
  isFaulty,
  rejected,
  rejectGroup,
} from './admission.ts';
import type { Batcher } from './batcher/batcher.ts';
import type { Dropped } from './batcher/dedupe.ts';
import { CommandEntry, type Entry, FaultyEntry, type QueuedEntry } from './entry.ts';
import { Intake } from './intake.ts';
import type { Ledger } from './ledger.ts';

/** A message with entries, or about what they are written with. */
export type EntryMessage = Extract<
  ClientMessage,
  { type: 'input' | 'inputs' | 'keys' | 'command' | 'define' | 'script' }
>;
/** Of one entry. */
type LoneMessage = Extract<EntryMessage, { type: 'input' | 'keys' | 'command' }>;
export type EntryFault = Extract<Fault, { kind: 'entry' }>;

export interface ReceptionDeps {
  readonly clock: Clock;
  readonly emulator: Emulator;
  readonly meter: Meter;
  readonly ledger: Ledger;
  readonly batcher: Batcher;
  /** Whether the session controls its emulator. */
  readonly controls: () => boolean;
  /** Whether entries are taken at all. */
  readonly open: () => boolean;
  /** Outcomes are ready to be acked. */
  readonly acksReady: () => void;
  /** Answers the client, if it is there. */
  readonly send: (message: ServerMessage) => void;
}

export class Reception {
  /** The session's default observation. */
  observe: Observe | undefined;
  /** Whether what the emulator cannot do exactly is approximated. */
  approximate: boolean;
  readonly #deps: ReceptionDeps;
  readonly #intake: Intake;
  readonly #macros: Macros;
  readonly #scriptLimits: ScriptLimits;

  /** @param credit most accepted entries without an outcome; also the largest group */
  constructor(
    credit: number,
    { observe, approximate }: { observe: Observe | undefined; approximate: boolean },
    deps: ReceptionDeps,
  ) {
    this.#deps = deps;
    this.#intake = new Intake(deps.ledger, credit);
    this.#macros = new Macros({ maxGroup: credit });
    this.#scriptLimits = { maxInputs: credit };
    this.observe = observe;
    this.approximate = approximate;
  }

  credit(): { limit: number; outstanding: number } {
    return this.#intake.credit();
  }

  /** Bytes of memory that the session's macros take, about. */
  get macroBytes(): number {
    return this.#macros.bytes;
  }

  /** How many entries a message stands for: at least 1, and not more than one more than it may. */
  entriesIn(message: Extract<EntryMessage, { type: 'inputs' | 'script' }>): number {
    const count =
      message.type === 'inputs'
        ? this.#macros.size(message.presses)
        : scriptSize(message.text, this.#scriptLimits);
    return Math.min(Math.max(1, count), this.credit().limit + 1);
  }

  /** Takes one message with entries; whatever is wrong with it is answered, never thrown. */
  receive(message: EntryMessage): void {
    switch (message.type) {
      case 'input':
      case 'keys':
      case 'command':
        if (this.#take(message.seq, 1) !== undefined) this.#addOne(message);
        return;
      case 'inputs':
        return this.#receiveGroup(message.firstSeq, message.presses, message.options);
      case 'script':
        return this.#receiveScript(message.firstSeq, message.text);
      case 'define':
        return this.#define(message.name, message.presses);
      default:
        return assertNever(message);
    }
  }

  /** Takes entries whose content is wrong: accepted if it is their turn, and rejected. */
  receiveFaulty(fault: EntryFault): void {
    const skip = this.#take(fault.seq, fault.count);
    if (skip === undefined) return;
    const entries =
      fault.count === 1
        ? [new FaultyEntry(fault.seq, rejected('invalid_entry', fault.message))]
        : rejectGroup(fault.seq, fault.count, fault.index, 'invalid_entry', fault.message);
    this.#refuse(entries.slice(skip));
  }

  /** A new connection knows nothing of a gap that was reported to the one before. */
  forgetGap(): void {
    this.#intake.forgetGap();
  }

  /** Gives entries that were taken out of the queue the outcome `rejected`. */
  reject(entries: readonly QueuedEntry[], code: EntryCode, message: string): void {
    if (entries.length === 0) return;
    const { ledger, meter } = this.#deps;
    for (const entry of entries) ledger.settle(entry, rejected(code, message), undefined);
    meter.rejected(entries.length);
    this.#deps.acksReady();
  }

  /** Rejects entries that the session's own rule drops, each with the rule. */
  drop(entries: readonly Dropped[]): void {
    const { ledger, meter } = this.#deps;
    for (const { entry, rule } of entries) ledger.settle(entry, rejected('duplicate', rule), undefined);
    meter.rejected(entries.length);
    this.#deps.acksReady();
  }

  #admission(): Admission {
    const { emulator, clock } = this.#deps;
    const { observe, approximate } = this;
    return { capabilities: emulator.capabilities, observe, approximate, nowMs: clock.now() };
  }

  #addOne(message: LoneMessage): void {
    if (!this.#deps.controls()) return this.#refuse([new FaultyEntry(message.seq, WITHOUT_CONTROL)]);
    const entry = admitLone(message, this.#admission());
    if (isFaulty(entry)) return this.#refuse([entry]);
    this.#deps.ledger.accept(entry);
    this.#deps.meter.received(1);
    this.#deps.batcher.add(entry);
  }

  #receiveGroup(firstSeq: number, members: readonly Member[], options: GroupOptions | undefined): void {
    if (isPlain(members)) {
      const skip = this.#take(firstSeq, members.length);
      if (skip !== undefined) this.#addGroup(members, firstSeq, skip, options);
      return;
    }
    const unknown = this.#macros.unknown(members);
    if (unknown !== undefined) {
      return this.#unreadable(firstSeq, 'unknown_macro', `there is no macro "${unknown}"`);
    }
    const skip = this.#take(firstSeq, this.#macros.size(members));
    if (skip !== undefined) this.#addGroup(this.#macros.expand(members), firstSeq, skip, options);
  }

  #receiveScript(firstSeq: number, text: string): void {
    const compiled = compileScript(text, this.#scriptLimits);
    if (!compiled.ok) {
      const { line, column, message, allowed } = compiled.error;
      const where = `line ${line}, column ${column}: ${message}`;
      return this.#unreadable(firstSeq, 'invalid_script', where, allowed);
    }
    const { items } = compiled;
    const count = items.reduce((sum, item) => sum + entriesOf(item), 0);
    if (count === 0) return this.#unreadable(firstSeq, 'invalid_script', 'it has no input', 'at least one');
    const skip = this.#take(firstSeq, count);
    if (skip !== undefined) this.#addItems(items, firstSeq, firstSeq + skip);
  }

  /** Accepts the items whose first has the seq `firstSeq`, without those before `fromSeq`, which are repeats. */
  #addItems(items: readonly ScriptItem[], firstSeq: number, fromSeq: number): void {
    let seq = firstSeq;
    for (const item of items) {
      const at = seq;
      seq += entriesOf(item);
      if (seq <= fromSeq) continue;
      if (item.kind === 'press') this.#addOne({ type: 'input', seq: at, press: item.press });
      else this.#addGroup(item.presses, at, Math.max(0, fromSeq - at), compact({ guards: item.guards }));
    }
  }

  #define(name: string, members: readonly Member[]): void {
    const problem = this.#macros.define(name, members);
    if (problem === undefined) return;
    const { code, message, allowed } = problem;
    this.#error(code, `define ${name}: ${message}`, compact({ allowed }));
  }

  /** Accepts a group without its first `skip` members, which are repeats. */
  #addGroup(
    presses: readonly Press[],
    firstSeq: number,
    skip: number,
    options: GroupOptions | undefined,
  ): void {
    if (!this.#deps.controls()) {
      const lost = presses.slice(skip).map((_, at) => new FaultyEntry(firstSeq + skip + at, WITHOUT_CONTROL));
      return this.#refuse(lost);
    }
    const entries = admitGroup(presses.slice(skip), firstSeq + skip, options, this.#admission(), skip);
    const accepted = entries.filter((entry) => entry.kind !== 'faulty');
    if (accepted.length === 0) return this.#refuse(entries);
    for (const entry of accepted) this.#deps.ledger.accept(entry);
    this.#deps.meter.received(accepted.length);
    this.#deps.batcher.addGroup(accepted);
  }

  /** Refuses a message of which it is not known how many entries it stands for. Beyond a gap, it is the gap that is told. */
  #unreadable(seq: number, code: RequestCode, message: string, allowed?: string): void {
    if (!this.#deps.open() || seq > this.#deps.ledger.nextSeq) this.#take(seq, 1);
    else this.#error(code, message, compact({ seq, allowed }));
  }

  /** How many of these seqs are repeats to be skipped; undefined if nothing is to be taken, which has then been answered. */
  #take(firstSeq: number, count: number): number | undefined {
    if (!this.#deps.open()) {
      this.#error('session_ended', 'the session is ending and takes no more entries', { seq: firstSeq });
      return undefined;
    }
    const turn = this.#intake.turn(firstSeq, count);
    switch (turn.kind) {
      case 'take':
        if (turn.skip > 0) this.#repeat(firstSeq, turn.skip);
        return turn.skip;
      case 'repeat':
        this.#repeat(firstSeq, count);
        return undefined;
      case 'refuse':
        this.#error(turn.code, turn.message, compact({ seq: turn.seq, allowed: turn.allowed }));
        return undefined;
      case 'ignore':
        return undefined;
      default:
        return assertNever(turn);
    }
  }

  #repeat(firstSeq: number, count: number): void {
    const { ledger } = this.#deps;
    if (firstSeq < ledger.firstKept) {
      const message = `seq ${firstSeq} ran before; its outcome is no longer kept`;
      this.#error('outcome_expired', message, { seq: firstSeq });
    }
    const acks = ledger.repeat(firstSeq, count);
    if (acks.length === 0) return;
    // Outcomes that are ready but unsent go first, so that acks stay in seq order.
    this.#deps.acksReady();
    for (const ack of acks) this.#deps.send(ack);
  }

  #refuse(entries: readonly Entry[]): void {
    for (const entry of entries) this.#deps.ledger.accept(entry);
    this.#deps.meter.received(entries.length);
    this.#deps.meter.rejected(entries.length);
    this.#deps.acksReady();
  }

  #error(code: RequestCode, message: string, more: Pick<RequestError, 'seq' | 'allowed'>): void {
    this.#deps.send(errorMessage(undefined, errorBody(code, message, more)));
  }
}

function entriesOf(item: ScriptItem): number {
  return item.kind === 'press' ? 1 : item.presses.length;
}

function admitLone(message: LoneMessage, to: Admission): Entry {
  switch (message.type) {
    case 'input':
      return admitPress(message.press, message.seq, to);
    case 'keys':
      return admitKeys(message.buttons, message.seq, to);
    case 'command':
      return admitCommand(message.command, message.seq, to);
    default:
      return assertNever(message);
  }
}

const WITHOUT_CONTROL = rejected('control_lost', 'another session controls the emulator');

function admitCommand(command: Command, seq: number, to: Admission): Entry {
  const problem = commandUnsupported(command, to.capabilities);
  return problem === undefined
    ? new CommandEntry(command, seq, to.nowMs)
    : new FaultyEntry(seq, rejected('unsupported', problem));
}

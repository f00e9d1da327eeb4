/** What waits for the emulator, in seq order: inputs, and the commands and reads that stand between them. */
import type { FlushReason } from '../../../shared/protocol.ts';
import { Deque } from '../deque.ts';
import type { InputEntry, QueuedEntry, ReadItem } from '../entry.ts';

export type QueueItem = QueuedEntry | ReadItem;

export class EntryQueue {
  #items = new Deque<QueueItem>();
  /** Commands and reads in the queue: a batch ends before the first of them. */
  #barriers = 0;
  /** How many items from the front must go without waiting, and why. */
  #forced = 0;
  #forcedReason: FlushReason = 'explicit';

  get length(): number {
    return this.#items.length;
  }

  get head(): QueueItem | undefined {
    return this.#items.at(0);
  }

  /** Why the front of the queue must go at once, if it must. */
  get forcedReason(): FlushReason | undefined {
    return this.#forced > 0 ? this.#forcedReason : undefined;
  }

  push(item: QueueItem): void {
    this.#items.push(item);
    if (isInput(item)) return;
    this.#barriers++;
    this.force('explicit');
  }

  /** Everything queued now goes without waiting. */
  force(reason: FlushReason): void {
    if (this.length === 0) return;
    this.#forced = this.length;
    this.#forcedReason = reason;
  }

  /** How many inputs stand at the front before the first command or read. */
  inputsAtFront(): number {
    if (this.#barriers === 0) return this.length;
    let count = 0;
    for (let item = this.#items.at(0); item !== undefined && isInput(item); item = this.#items.at(++count));
    return count;
  }

  /**
   * How many of the first `due` inputs fit a batch of at most `largest`. A group is cut only if it is larger than the limit
   * by itself: else the batch ends before it.
   */
  fitting(due: number, largest: number): number {
    if (due <= largest) return due;
    const group = this.#groupAt(largest - 1);
    if (group === undefined || this.#groupAt(largest) !== group) return largest;
    let start = largest - 1;
    while (start > 0 && this.#groupAt(start - 1) === group) start--;
    return start === 0 ? largest : start;
  }

  /** The first `due` inputs, and the rest of the group that the last of them belongs to. */
  withWholeGroup(due: number): number {
    const group = this.#groupAt(due - 1);
    let end = due;
    if (group !== undefined) while (this.#groupAt(end) === group) end++;
    return end;
  }

  /** The first `due` inputs, without those behind a group whose guards decide on how many frames it runs. */
  throughGuarded(due: number): number {
    for (let end = 1; end < due; end++) {
      const item = this.#items.at(end - 1);
      if (
        item !== undefined &&
        isInput(item) &&
        item.group?.guarded === true &&
        this.#groupAt(end) !== item.group
      ) {
        return end;
      }
    }
    return due;
  }

  /** How many items must go without waiting; never splits what `fitting` would not. */
  forcedInputs(): number {
    return Math.min(this.#forced, this.inputsAtFront());
  }

  takeInputs(count: number): InputEntry[] {
    const taken: InputEntry[] = [];
    for (let item = this.head; taken.length < count; item = this.head) {
      if (item === undefined || !isInput(item)) break;
      taken.push(item);
      this.takeHead();
    }
    return taken;
  }

  takeHead(): void {
    const item = this.#items.shift();
    if (item === undefined) return;
    if (this.#forced > 0) this.#forced--;
    if (!isInput(item)) this.#barriers--;
  }

  /** Removes the entries that `unwanted` names, wherever they stand; reads stay. */
  remove(unwanted: (entry: QueuedEntry) => boolean): QueuedEntry[] {
    const removed: QueuedEntry[] = [];
    const forced = this.#forced;
    const reason = this.#forcedReason;
    const items = this.#items.take(this.length);
    this.#forced = 0;
    this.#barriers = 0;
    for (const [position, item] of items.entries()) {
      if (item.kind !== 'read' && unwanted(item)) removed.push(item);
      else this.push(item);
      if (position === forced - 1) this.force(reason);
    }
    return removed;
  }

  #groupAt(position: number): unknown {
    const item = this.#items.at(position);
    return item !== undefined && isInput(item) ? item.group : undefined;
  }
}

export function isInput(item: QueueItem): item is InputEntry {
  return item.kind === 'press' || item.kind === 'keys';
}

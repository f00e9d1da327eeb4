/** The recorder that the shipped game keeps in its own RAM (roms/README.md): what it was given, on which frame. */

/** Ranges to read: the header, and the ring. */
export const RECORDER_RANGES = [
  [0xc000, 16],
  [0xd000, 0x1000],
] as const;

export interface RecordedChange {
  /** The game's own frame count. */
  readonly frame: number;
  readonly buttons: number;
}

const RING_ENTRIES = 512;
const ENTRY_BYTES = 8;

/** Collects the changes that one reading after the other brings. */
export class GameRecorder {
  readonly changes: RecordedChange[] = [];

  /** Takes a reading of `RECORDER_RANGES`. @throws when changes were lost because it was not read in time */
  drain(memory: readonly Uint8Array[]): void {
    const [header, ring] = memory.map(
      (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
    if (header === undefined || ring === undefined) throw new Error('two ranges are wanted');
    if (header.getUint32(0, false) !== 0x4a4f5957) throw new Error('the recorder has not started');
    const count = header.getUint32(8, true);
    if (count - this.changes.length > RING_ENTRIES) throw new Error('the ring was not read in time');
    for (let index = this.changes.length; index < count; index++) {
      const at = (index % RING_ENTRIES) * ENTRY_BYTES;
      if (ring.getUint8(at + 5) !== 0xa5 || ring.getUint16(at + 6, true) !== (index & 0xffff)) {
        throw new Error(`entry ${index} of the ring is not whole`);
      }
      this.changes.push({ frame: ring.getUint32(at, true), buttons: ring.getUint8(at + 4) });
    }
  }
}

/** The way of an input as segments between the moments that are known of it: together they are the whole way, without a hole. */
import { type Moment, MOMENTS, type ProfiledInput } from './input.ts';

/** The segments in the order of the way. `emulator` stands for the three around it where the emulator does not say more. */
export const SEGMENTS = [
  'client to gateway',
  'gateway in',
  'queue',
  'to the emulator',
  'behind others',
  'frames',
  'emulator',
  'back',
  'on record',
  'ack out',
  'gateway to client',
] as const;
export type SegmentName = (typeof SEGMENTS)[number];

export interface Segment {
  readonly name: SegmentName;
  readonly startUs: number;
  readonly endUs: number;
}

/** The segment that ends with a moment. */
const ENDS: Readonly<Record<Exclude<Moment, 'sent'>, SegmentName>> = {
  received: 'client to gateway',
  queued: 'gateway in',
  flushed: 'queue',
  driverStart: 'to the emulator',
  firstFrame: 'behind others',
  end: 'frames',
  settled: 'back',
  recorded: 'on record',
  acked: 'ack out',
  ackReceived: 'gateway to client',
};

export function segmentsOf({ at }: Pick<ProfiledInput, 'at'>): Segment[] {
  const segments: Segment[] = [];
  let before: { readonly moment: Moment; readonly us: number } | undefined;
  for (const moment of MOMENTS) {
    const us = at[moment];
    if (us === undefined) continue;
    if (before !== undefined && moment !== 'sent') {
      const name = moment === 'settled' && before.moment !== 'end' ? 'emulator' : ENDS[moment];
      segments.push({ name, startUs: before.us, endUs: us });
    }
    before = { moment, us };
  }
  return segments;
}

/** From the first moment that is known to the last. */
export function totalUs(input: Pick<ProfiledInput, 'at'>): number {
  const segments = segmentsOf(input);
  return (segments.at(-1)?.endUs ?? 0) - (segments[0]?.startUs ?? 0);
}

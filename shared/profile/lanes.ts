/**
 * Slices -> lanes in which they nest: a viewer shows a lane as one thread, on which a slice lies beside another or wholly inside of it.
 * Slices that only overlap, as those of a queue do, go to further lanes of the same name. Pure.
 */

export interface Slice {
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly args: Readonly<Record<string, unknown>>;
  /** What lies in it, one beside the other, in order of time. */
  readonly children?: readonly Slice[];
}

/** How deep slices may nest in a lane: viewers give up at some depth, and people before them. */
const DEEPEST = 64;

/** The slices of each lane, ordered by time and the outer ones first, as viewers want them. */
export function layOut(slices: readonly Slice[]): Slice[][] {
  const lanes: { readonly slices: Slice[]; open: Slice[] }[] = [];
  const ordered = slices.toSorted((a, b) => a.startUs - b.startUs || b.endUs - a.endUs);
  for (const slice of ordered) {
    let lane = lanes.find((each) => fits(each, slice));
    if (lane === undefined) {
      lane = { slices: [], open: [] };
      lanes.push(lane);
    }
    lane.slices.push(slice);
    lane.open = [...closed(lane.open, slice.startUs), slice];
  }
  return lanes.map((lane) => lane.slices);
}

function fits({ open }: { readonly open: readonly Slice[] }, slice: Slice): boolean {
  const left = closed(open, slice.startUs);
  const outer = left.at(-1);
  if (outer === undefined) return true;
  // What has children is whole: nothing else lies in it, and it lies in nothing.
  if (outer.children !== undefined || slice.children !== undefined) return false;
  return outer.endUs >= slice.endUs && left.length < DEEPEST;
}

/** Without those that are over; the outermost is first, so that what is over stands at the end. */
function closed(open: readonly Slice[], atUs: number): readonly Slice[] {
  let count = open.length;
  while (count > 0 && (open[count - 1]?.endUs ?? 0) <= atUs) count--;
  return open.slice(0, count);
}

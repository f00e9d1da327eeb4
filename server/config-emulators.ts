/** The setting `emulators`: how many, or a list of which; in a flag or variable as `embedded*4,noop`. */
import { z } from 'zod';

/** Kinds that run in this process. */
export const LOCAL_KINDS = ['embedded', 'noop'] as const;
const KINDS = LOCAL_KINDS;

const MAX_EMULATORS = 256;

export const EMULATORS_ALLOWED =
  `a whole number from 1 to ${MAX_EMULATORS}, or a list of kind and kind*count, ` +
  `kinds being ${KINDS.join(', ')}`;

const count = z.int().min(1).max(MAX_EMULATORS).default(1);

const local = z.strictObject({
  kind: z.enum(LOCAL_KINDS),
  count,
  /** As the setting `rom`, which it has by default. */
  rom: z.string().min(1).optional(),
});
const MEMBERS = z
  .array(local)
  .min(1)
  .refine((list) => list.reduce((sum, spec) => sum + spec.count, 0) <= MAX_EMULATORS);

export const emulators = z.union([z.int().min(1).max(MAX_EMULATORS), MEMBERS]);

export type EmulatorSpec = z.output<typeof MEMBERS>[number];

/** Reads the text of a flag or variable; what it makes of nonsense, the schema refuses. */
export function readEmulators(text: string): unknown {
  if (/^\s*-?\d+(?:\.\d+)?\s*$/.test(text)) return Number(text);
  return text.split(',').map((item) => {
    const { kind, count: times } = MEMBER.exec(item.trim())?.groups ?? {};
    return {
      kind: kind ?? item,
      ...(times !== undefined && { count: Number(times) }),
    };
  });
}

const MEMBER = /^(?<kind>[\w-]+)(?:\*(?<count>\d+))?$/;

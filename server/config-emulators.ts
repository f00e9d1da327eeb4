/** The setting `emulators`: how many, or a list of which; in a flag or variable as `embedded*4,pokemon-gym@http://127.0.0.1:8081`. */
import { z } from 'zod';

/** Kinds that run in this process. */
export const LOCAL_KINDS = ['embedded', 'noop'] as const;
/** Kinds that are reached over HTTP, each at its own URL. */
const REMOTE_KINDS = ['pokemon-gym', 'input-api', 'mgba-http'] as const;
const KINDS = [...LOCAL_KINDS, ...REMOTE_KINDS] as const;

const MAX_EMULATORS = 4096;

export const EMULATORS_ALLOWED =
  `a whole number from 1 to ${MAX_EMULATORS}, or a list of kind, kind*count and kind@url, ` +
  `kinds being ${KINDS.join(', ')}`;

const count = z.int().min(1).max(MAX_EMULATORS).default(1);
const id = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .optional();

const local = z.strictObject({
  kind: z.enum(LOCAL_KINDS),
  count,
  id,
  /** As the setting `rom`, which it has by default. */
  rom: z.string().min(1).optional(),
});
const remote = z.strictObject({
  kind: z.enum(REMOTE_KINDS),
  url: z.url({ protocol: /^https?$/ }),
  id,
});

const MEMBERS = z
  .array(z.discriminatedUnion('kind', [local, remote]))
  .min(1)
  .refine(
    (list) => list.reduce((sum, spec) => sum + ('count' in spec ? spec.count : 1), 0) <= MAX_EMULATORS,
    {
      error: `more than ${MAX_EMULATORS} emulators`,
    },
  )
  .refine((list) => {
    const named = list.flatMap((spec) => spec.id ?? []);
    const urls = list.flatMap((spec) => ('url' in spec ? new URL(spec.url).href : []));
    return new Set(named).size === named.length && new Set(urls).size === urls.length;
  }, 'two emulators have the same id or url');

export const emulators = z.union([z.int().min(1).max(MAX_EMULATORS), MEMBERS]);

/** What is wrong with a list, and with which of its members; undefined when it is no list. */
export function emulatorsFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const [issue] = MEMBERS.safeParse(value).error?.issues ?? [];
  if (issue === undefined) return undefined;
  const [member, field] = issue.path;
  if (typeof member !== 'number') return issue.message;
  const kinds = `kind: ${KINDS.join(', ')}`;
  const rule =
    field === 'kind' ? kinds : `${field === undefined ? '' : `${String(field)}: `}${issue.message}`;
  return `number ${member + 1} is wrong: ${rule}`;
}

export type EmulatorSpec = z.output<typeof MEMBERS>[number];

/** Reads the text of a flag or variable; what it makes of nonsense, the schema refuses. */
export function readEmulators(text: string): unknown {
  if (/^\s*-?\d+(?:\.\d+)?\s*$/.test(text)) return Number(text);
  return text.split(',').map((item) => {
    const { kind, count: times, url } = MEMBER.exec(item.trim())?.groups ?? {};
    return {
      kind: kind ?? item,
      ...(times !== undefined && { count: Number(times) }),
      ...(url !== undefined && { url }),
    };
  });
}

const MEMBER = /^(?<kind>[\w-]+)(?:\*(?<count>\d+))?(?:@(?<url>\S+))?$/;

/** The settings one by one, as flags, the environment, the file and the help see them; made from the schema. */
import { z } from 'zod';
import { readEmulators } from './config-emulators.ts';
import { configSchema } from './config-schema.ts';

export type SettingKind = 'text' | 'number' | 'boolean' | 'list' | 'emulators';

export interface Setting {
  /** `['batching', 'maxWaitMs']`: where it stands in the file and in `Config`. */
  readonly path: readonly string[];
  /** `batching.maxWaitMs` */
  readonly key: string;
  /** `batching-max-wait-ms`, without the dashes in front. */
  readonly flag: string;
  /** `JOYWIRE_BATCHING_MAX_WAIT_MS` */
  readonly env: string;
  readonly kind: SettingKind;
  readonly description: string;
  /** In words. */
  readonly allowed: string;
  /** As one would type it; undefined when there is none. */
  readonly defaultText: string | undefined;
  /** Its value is not to be shown. */
  readonly secret: boolean;
}

/** What `z.toJSONSchema` gives for a leaf or a group of our schema. */
const NODE = z.object({
  type: z.enum(['string', 'integer', 'number', 'boolean', 'array', 'object', 'emulators']),
  description: z.string().default(''),
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
  allowed: z.string().optional(),
  secret: z.boolean().default(false),
  properties: z.record(z.string(), z.unknown()).default({}),
});
type Node = z.output<typeof NODE>;

const KINDS = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
  emulators: 'emulators',
} as const satisfies Record<Exclude<Node['type'], 'object'>, SettingKind>;

/** All settings, in the schema's order. */
export const SETTINGS: readonly Setting[] = leaves(z.toJSONSchema(configSchema), []);

/** Names of the groups of settings, such as `batching`. */
export const GROUPS: ReadonlySet<string> = new Set(
  SETTINGS.flatMap(({ path }) => path.slice(0, -1).map((_, depth) => path.slice(0, depth + 1).join('.'))),
);

function leaves(schema: unknown, path: readonly string[]): Setting[] {
  const node = NODE.parse(schema);
  if (node.type !== 'object') return [setting(node, node.type, path)];
  return Object.entries(node.properties).flatMap(([name, child]) => leaves(child, [...path, name]));
}

function setting(node: Node, type: Exclude<Node['type'], 'object'>, path: readonly string[]): Setting {
  const words = path.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  return {
    path,
    key: path.join('.'),
    flag: words.join('-'),
    env: `JOYWIRE_${words.join('_').toUpperCase()}`,
    kind: KINDS[type],
    description: node.description,
    allowed: allowedText(node, type),
    defaultText: defaultText(node),
    secret: node.secret,
  };
}

function allowedText(node: Node, type: Exclude<Node['type'], 'object'>): string {
  if (node.enum !== undefined) return node.enum.join(', ');
  switch (type) {
    case 'integer':
      return `a whole number from ${node.minimum} to ${node.maximum}`;
    case 'number':
      return `a number from ${node.minimum} to ${node.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list, separated by commas: ${node.allowed}`;
    case 'string':
    case 'emulators':
      return node.allowed ?? 'a text';
  }
}

function defaultText({ default: value }: Node): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(',');
  return String(value);
}

/**
 * The value that a text from a flag or the environment stands for; a text that stands for none is given back as it is, so
 * that the schema refuses it.
 */
export function readText({ kind }: Pick<Setting, 'kind'>, text: string): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return BOOLEANS.get(text.trim().toLowerCase()) ?? text;
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'emulators':
      return readEmulators(text);
  }
}

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

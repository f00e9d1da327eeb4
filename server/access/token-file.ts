/** The file of static tokens: who may come in, and only the hashes of what they present. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { JoywireError } from '../../shared/errors.ts';
import { ROLES, tokenLimits } from './identity.ts';

const entrySchema = z.strictObject({
  name: z.string().min(1).max(200),
  role: z.enum(ROLES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** When it stops to count. */
  expires: z.iso.datetime({ offset: true }).optional(),
  limits: tokenLimits.optional(),
});
const fileSchema = z.array(entrySchema);

export type TokenEntry = z.output<typeof entrySchema>;

/** @throws JoywireError `invalid_tokens` when the file cannot be read, or is no list of tokens */
export function readTokenFile(path: string): readonly TokenEntry[] {
  const parsed = fileSchema.safeParse(readJson(path));
  if (!parsed.success) throw invalid(path, z.prettifyError(parsed.error));
  const names = parsed.data.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(path, `the name ${JSON.stringify(twice)} is there twice`);
  return parsed.data;
}

/** Replaces the file, for its owner's eyes only. */
export function writeTokenFile(path: string, entries: readonly TokenEntry[]): void {
  const unfinished = `${path}.${process.pid}.new`;
  writeFileSync(unfinished, `${JSON.stringify(entries, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, path);
}

/** A new token with 192 random bits. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** SHA-256 is enough for what has so many random bits: there is nothing to be guessed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function readJson(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the file, and somebody may have put a token into it.
    throw invalid(path, 'it is no JSON');
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error));
  }
}

function invalid(path: string, why: string): JoywireError {
  return new JoywireError('invalid_tokens', `${path}: ${why}`);
}

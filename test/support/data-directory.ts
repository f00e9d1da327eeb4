/** A data directory of a test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DataDirectory {
  readonly path: string;
  readonly remove: () => void;
}

export function dataDirectory(): DataDirectory {
  const path = mkdtempSync(join(tmpdir(), 'joywire-data-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

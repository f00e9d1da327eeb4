/** The browser page: files that were built into `dist/play`, read once and served from memory. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { packageRoot } from '../package.ts';

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly body: Uint8Array;
  /** Whether its name changes whenever its content does, so that it may be kept for good. */
  readonly immutable: boolean;
}

/** Paths such as `/` and `/assets/index-abc.js` to files. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/** Vite names what lies here by its content. */
const HASHED = '/assets/';

/** What `npm run build` left in `dist/play`. Empty when it was not run: the gateway serves agents without a page, too. */
export function readPage(folder = join(packageRoot, 'dist', 'play')): PageFiles {
  const files = new Map<string, PageFile>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES.get(extname(entry.name));
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replaceAll('\\', '/');
    const address = path === '/index.html' ? '/' : path;
    files.set(address, { type, body: readFileSync(file), immutable: path.startsWith(HASHED) });
  }
  return files;
}

/**
 * The page runs its own script, talks to its own gateway, and loads nothing from elsewhere. `data:` and `blob:` are
 * pictures that it makes itself: of saved games, and the files it offers.
 */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { readPage } from '../../../../server/http/page.ts';

/** Most bytes of script that the page may have in all, compressed. */
const MAX_SCRIPT_BYTES = 90_000;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'joywire-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'assets'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

it('finds the files of a built page, the index as the root', () => {
  const files = readPage(
    folderWith({ 'index.html': 'page', 'favicon.svg': 'icon', 'assets/x-1.js': 'code' }),
  );
  expect([...files.keys()].toSorted()).toEqual(['/', '/assets/x-1.js', '/favicon.svg']);
  expect(files.get('/')).toMatchObject({ type: 'text/html; charset=utf-8', immutable: false });
  expect(files.get('/assets/x-1.js')).toMatchObject({
    type: 'text/javascript; charset=utf-8',
    immutable: true,
  });
});

it('serves no kind of file that a page does not have', () => {
  expect([...readPage(folderWith({ 'notes.txt': 'secret', 'assets/x.js.map': '{}' })).keys()]).toEqual([]);
});

it('is empty where nothing was built', () => {
  expect(readPage(join(tmpdir(), 'joywire-no-such-folder')).size).toBe(0);
});

it('the page as built keeps to its policy and its size', () => {
  const files = readPage();
  const index = Buffer.from(files.get('/')?.body ?? []).toString('utf8');
  expect(index).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  const linked = [...index.matchAll(/(?:src|href)="(?<path>[^"]+)"/g)].map(
    ({ groups }) => groups?.['path'] ?? '',
  );
  expect(linked.length).toBeGreaterThan(2);
  for (const path of linked) expect(files.has(path.replace(/^\./, ''))).toBe(true);
  const script = [...files]
    .filter(([path]) => path.endsWith('.js'))
    .map(([, { body }]) => gzipSync(body).length);
  expect(script.length).toBeGreaterThan(0);
  expect(script.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(MAX_SCRIPT_BYTES);
});

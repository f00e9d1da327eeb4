import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../server/package.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const run = promisify(execFile);

/** Inside the package, so that `joywire/client` is what it is for its users; and where the build puts what it makes. */
const FOLDER = join(packageRoot, 'dist', 'snippets');
const ADDRESS = "'127.0.0.1:8080'";

/** The TypeScript of a page, with the heading that each stands under. */
function snippetsOf(page: string): { readonly heading: string; readonly code: string }[] {
  const text = readFileSync(join(packageRoot, 'docs', page), 'utf8');
  return text.split(/^## /m).flatMap((section) => {
    const heading = section.split('\n')[0] ?? '';
    return [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => ({ heading, code }));
  });
}

const snippets = snippetsOf('agents.md');
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({ emulators: 2, leaseTimeoutMs: 10_000 });
  mkdirSync(FOLDER, { recursive: true });
  const files = snippets.map(({ code }, at) => {
    const file = join(FOLDER, `snippet-${at}.mts`);
    writeFileSync(file, code.replaceAll(ADDRESS, `'127.0.0.1:${gateway.port}'`));
    return file;
  });
  const flags =
    '--module nodenext --target es2022 --lib es2023,esnext.disposable --types node --strict --skipLibCheck --ignoreConfig';
  const tsc = join(packageRoot, 'node_modules', '.bin', 'tsc');
  await run(tsc, [...flags.split(' '), ...files], { cwd: packageRoot }).catch((error: unknown) => {
    const said = typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`the snippets have wrong types: ${said}`, { cause: error });
  });
}, 60_000);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(FOLDER, { recursive: true, force: true });
  expect(gateway.errors).toEqual([]);
});

describe('the snippets of docs/agents.md', () => {
  it('are there for every way to play', () => {
    expect(snippets.map(({ heading }) => heading)).toEqual(
      expect.arrayContaining(['A language model', 'A learner', 'A search']),
    );
    for (const { code } of snippets) expect(code).toContain(ADDRESS);
  });

  it.each(snippets.map(({ heading }, at) => ({ heading, at })))(
    'run as they stand: $heading ($at)',
    async ({ at }) => {
      const { stderr } = await run(process.execPath, [join(FOLDER, `snippet-${at}.mjs`)]);
      expect(stderr).toBe('');
    },
  );
});

/** The servers that we are compared with are no dependencies of Joywire: they are installed in a folder of their own when they are needed. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Seen from where this is compiled to. */
export const PEERS_FOLDER = new URL('../../bench/peers/', import.meta.url);
const STAMP = new URL('node_modules/.installed', PEERS_FOLDER);
const TIMEOUT_MS = 120_000;

/** Installs them unless they are there. Resolves to why not, and what to do, when that cannot be done. */
export async function installPeers(progress: (line: string) => void): Promise<string | undefined> {
  const wanted = lockHash();
  if (stamp() === wanted) return undefined;
  progress('installing Socket.IO and Colyseus in bench/peers');
  const problem = await npmCi();
  if (problem === undefined) {
    writeFileSync(STAMP, wanted);
    return undefined;
  }
  return `Without Socket.IO and Colyseus, which could not be installed: run \`npm ci\` in bench/peers. ${problem}`;
}

function lockHash(): string {
  return createHash('sha256')
    .update(readFileSync(new URL('package-lock.json', PEERS_FOLDER)))
    .digest('hex');
}

function stamp(): string | undefined {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    // Not installed, or by hand: npm ci is quick where all is there.
    return undefined;
  }
}

function npmCi(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const npm = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: fileURLToPath(PEERS_FOLDER),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TIMEOUT_MS,
      // npm is a script there.
      shell: process.platform === 'win32',
    });
    let said = '';
    npm.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    npm.on('error', (error) => resolve(error.message));
    npm.on('close', (code) => resolve(code === 0 ? undefined : `npm ended with ${code}: ${said.trim()}`));
  });
}

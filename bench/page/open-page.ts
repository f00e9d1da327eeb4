/** A gateway in a process of its own, and its page in a real Chromium, for what is measured through both. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'];

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** `http://127.0.0.1:port` */
  readonly url: string;
}

/** The page, with its game to be seen. @throws Error when there is no Chromium */
export async function openPage(emulators: number): Promise<OpenPage> {
  const executablePath = process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error('there is no Chromium: install it, or name it in the variable CHROMIUM');
  }
  const gateway = spawn(
    process.execPath,
    ['dist/server/main.js', 'serve', '--port', '0', '--no-journal', '--emulators', String(emulators)],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const url = await addressOf(gateway);
  const browser: Browser = await chromium.launch({ executablePath, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  await page.locator('.screen-lit').waitFor();
  return {
    page,
    url,
    async [Symbol.asyncDispose]() {
      await browser.close();
      gateway.kill('SIGTERM');
    },
  };
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the gateway has no output');
  for await (const line of createInterface({ input: stdout })) {
    const address = /http:\/\/\S+/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error('the gateway did not start');
}

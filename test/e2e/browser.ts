/** A real Chromium with the page of a real gateway in it. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** A browser that keeps to itself, without a sandbox since containers have none to give. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=user-gesture-required',
];

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** Chromium of Debian, or the one that `CHROMIUM` names. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error(
      'there is no Chromium: install it (apt-get install chromium) or name it in the variable CHROMIUM',
    );
  }
  return await chromium.launch({ executablePath, args: FLAGS });
}

/** A page whose faults fail the test that looks at them. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained about: errors, and what the page's policy forbade. */
  readonly faults: readonly string[];
}

/** Opens the page as a new visitor. @param url of a gateway, `http:` or `ws:` */
export async function visit(
  browser: Browser,
  url: string,
  { hash = '', ...options }: BrowserContextOptions & { readonly hash?: string } = DESKTOP,
): Promise<Visit> {
  const context = await browser.newContext({ ...DESKTOP, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(url.replace(/^ws/, 'http') + hash);
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}

/** Waits until the game is to be seen. */
export async function playing(page: Page): Promise<void> {
  await page.locator('.screen-lit').waitFor();
}

/** Presses a key for a time that a person would. */
export async function tap(page: Page, key: string): Promise<void> {
  await page.keyboard.press(key, { delay: 60 });
}

/** Tries again until it holds, as long as the test may take. */
export async function eventually(check: () => Promise<void> | void): Promise<void> {
  await expect.poll(() => attempt(check), { timeout: 30_000, interval: 50 }).toBe('');
}

async function attempt(check: () => Promise<void> | void): Promise<string> {
  try {
    await check();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

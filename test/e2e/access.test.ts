import { readFileSync } from 'node:fs';
import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { DESKTOP, openBrowser, PHONE, playing, visit } from './browser.ts';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const VIEWS = {
  play: '.screen-lit',
  wall: '.screen-lit',
  'watch/embedded-1': '.screen-lit',
  stats: '.plot',
  connect: 'h1',
};

let browser: Browser;
let gateway: TestGateway;
beforeAll(async () => {
  browser = await openBrowser();
  gateway = await startGateway({ emulators: 12 });
});
afterAll(async () => {
  await browser.close();
  await gateway[Symbol.asyncDispose]();
});

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

const LOOKS = [
  ['dark', DESKTOP],
  ['light', DESKTOP],
  ['dark', PHONE],
  ['light', PHONE],
] as const;

for (const [colorScheme, device] of LOOKS) {
  const width = device.viewport?.width;
  for (const [view, shown] of Object.entries(VIEWS)) {
    it(`has no fault that axe finds: ${view}, ${colorScheme}, ${width} px wide`, async () => {
      const agent = await connect(gateway.url, { label: 'maze runner', pace: 'realtime' });
      const emulator = agent.emulator?.id ?? '';
      const hash = `/#/${view.replace('embedded-1', emulator)}`;
      await using visited = await visit(browser, gateway.url, { ...device, colorScheme, hash });
      const { page, faults } = visited;
      await page.locator(shown).first().waitFor();
      // Evaluated by the debugger, which the page's policy does not bind.
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
        return (await axe.run()).violations;
      });
      const found = violations.map(({ id, help, nodes }) => ({
        id,
        help,
        nodes: nodes.map(({ target, failureSummary }) => [target, failureSummary]),
      }));
      expect(found).toEqual([]);
      // Nothing is wider than the page.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width ?? 0);
      expect(faults).toEqual([]);
      await agent.close();
    });
  }
}

it('is reached by the keyboard alone, from the first tab stop on', async () => {
  await using visited = await visit(browser, gateway.url, { hash: '/#/connect' });
  const { page } = visited;
  await page.getByRole('heading').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
  const names: string[] = [];
  for (let stop = 0; stop < 6; stop++) {
    await page.keyboard.press('Tab');
    names.push(await page.evaluate(() => document.activeElement?.textContent?.trim() ?? ''));
  }
  expect(names).toEqual(expect.arrayContaining(['Play', 'Wall', 'Stats', 'Connect']));
});

it('stands still for who wants less motion', async () => {
  await using visited = await visit(browser, gateway.url, { reducedMotion: 'reduce' });
  const { page } = visited;
  await playing(page);
  const moving = await page.evaluate(
    () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
  );
  expect(moving).toBe(0);
});

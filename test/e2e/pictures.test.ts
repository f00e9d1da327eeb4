/** Takes the screenshots of the docs: kept in docs/images with JOYWIRE_PICTURES=1, as `npm run pictures` sets it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, connect } from '../../client/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openBrowser, PHONE, playing, tap, visit } from './browser.ts';
import { Spectator } from './game-memory.ts';

const FOLDER = new URL('../../docs/images/', import.meta.url);
const LABELS = ['maze runner', 'beam search', 'first steps'];
/** Where each walks, step by step. */
const ROUTES = [
  ['RIGHT', 'RIGHT', 'RIGHT', 'LEFT', 'LEFT', 'LEFT'],
  ['DOWN', 'DOWN', 'RIGHT', 'RIGHT', 'UP', 'UP', 'LEFT', 'LEFT'],
  ['LEFT', 'DOWN', 'RIGHT', 'UP'],
];

let browser: Browser;
let gateway: TestGateway;
let agents: Client[] = [];
let walks: Promise<void>[] = [];
let over = false;

beforeAll(async () => {
  browser = await openBrowser();
  gateway = await startGateway({ emulators: 6 });
  agents = await Promise.all(
    LABELS.map((label) => connect(gateway.url, { label, pace: 'realtime', onFailure: 'continue' })),
  );
  walks = agents.map((agent, index) => wander(agent, ROUTES[index] ?? []));
});
afterAll(async () => {
  over = true;
  await Promise.all(walks);
  await Promise.all(agents.map((agent) => agent.close()));
  await browser.close();
  await gateway[Symbol.asyncDispose]();
});

async function wander(agent: Client, route: readonly string[]): Promise<void> {
  await agent.send('W:60 START W:60');
  while (!over) for (const step of route) await agent.press(step, { hold: 8, gap: 8 });
}

/** Keeps a screenshot, which must show something: a page without anything on it takes but a few kB. */
async function keep(page: Page, name: string): Promise<void> {
  const picture = await page.screenshot({ animations: 'disabled' });
  expect(picture.length).toBeGreaterThan(15_000);
  if (process.env['JOYWIRE_PICTURES'] !== '1') return;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(new URL(name, FOLDER), picture);
}

it('shows a game in play', async () => {
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url, { colorScheme: 'dark' });
  const { page } = visited;
  await playing(page);
  const emulator = await ownEmulator();
  await expect
    .poll(
      async () => {
        await tap(page, 'Enter');
        return (await spectator.look(emulator)).mode;
      },
      { interval: 1500, timeout: 20_000 },
    )
    .toBe(1);
  for (let steps = 0; steps < 3; steps++) {
    await tap(page, 'ArrowRight');
    await expect.poll(async () => (await spectator.look(emulator)).steps).toBeGreaterThan(steps);
  }
  await page.getByRole('button', { name: 'Save to slot 1' }).click();
  await page.getByText('Saved to slot 1.').waitFor();
  await page.getByText('Saved to slot 1.').waitFor({ state: 'detached' });
  await keep(page, 'play.png');
});

it('shows the wall', async () => {
  await using visited = await visit(browser, gateway.url, { colorScheme: 'dark', hash: '/#/wall' });
  const { page } = visited;
  await expect.poll(() => page.locator('.screen-lit').count()).toBe(LABELS.length);
  await page.getByText('running').first().waitFor();
  await keep(page, 'wall.png');
});

it('shows the stats', async () => {
  await using visited = await visit(browser, gateway.url, { colorScheme: 'light', hash: '/#/stats' });
  const { page } = visited;
  await page.locator('.plot').first().waitFor();
  // What is drawn is a history: it takes its time.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await keep(page, 'stats.png');
});

it('shows a phone', async () => {
  await using visited = await visit(browser, gateway.url, { ...PHONE, colorScheme: 'dark' });
  await playing(visited.page);
  await keep(visited.page, 'phone.png');
});

/** The emulator of the page that plays. */
async function ownEmulator(): Promise<string> {
  const [agent] = agents;
  const emulators = (await agent?.emulators()) ?? [];
  const own = emulators.find(({ label }) => label === 'a person in a browser');
  if (own === undefined) throw new Error('nobody plays in a browser');
  return own.id;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../client/index.ts';
import { startGateway } from '../support/gateway.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { TestTokens } from '../support/tokens.ts';
import { eventually, openBrowser, playing, tap, visit } from './browser.ts';
import { Spectator } from './game-memory.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

it('shows on a second page, through the wall, what is played on the first', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using player = await visit(browser, gateway.url);
  await using watcher = await visit(browser, gateway.url, { hash: '/#/wall' });
  await playing(player.page);
  await watcher.page.getByRole('link', { name: /embedded-1/ }).click();
  await playing(watcher.page);
  await tap(player.page, 'Enter');
  await eventually(async () => expect((await spectator.look()).mode).toBe(1));
  const picture = (page: typeof player.page) =>
    page.locator('canvas.screen').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  await eventually(async () => expect(await picture(watcher.page)).toBe(await picture(player.page)));
  expect([...player.faults, ...watcher.faults]).toEqual([]);
});

it('takes a game over from a running agent, and gives it back', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  const agent = await connect(gateway.url, { label: 'maze runner', pace: 'realtime', onFailure: 'continue' });
  const told: string[] = [];
  agent.on('event', ({ name }) => told.push(name));
  await agent.send('W:60 START W:60');
  await using person = await visit(browser, gateway.url, { hash: '/#/watch/embedded-1' });
  const { page } = person;
  await page.getByRole('button', { name: 'Take over' }).click();
  await playing(page);
  await expect.poll(() => told).toContain('control_lost');
  const { x } = await spectator.look();
  await page.keyboard.down('ArrowRight');
  await eventually(async () => expect((await spectator.look()).x).toBeGreaterThan(x));
  await page.keyboard.up('ArrowRight');
  const refused = await agent.press('A');
  expect(refused.detail?.code).toBe('control_lost');
  await page.getByRole('button', { name: 'Give control back' }).click();
  await expect.poll(() => told).toContain('control_granted');
  const outcome = await agent.press('LEFT');
  expect(outcome.status).toBe('executed');
  await agent.close();
});

it('comes back when the network was cut, goes on with the same game, and says so', async () => {
  await using gateway = await startGateway({ resumeMs: 60_000, allowedHosts: ['127.0.0.1'] });
  await using spectator = await Spectator.open(gateway.url);
  await using proxy = await TcpProxy.open(gateway.port);
  await using visited = await visit(browser, proxy.url);
  const { page } = visited;
  await playing(page);
  await tap(page, 'Enter');
  await eventually(async () => expect((await spectator.look()).mode).toBe(1));
  await page.keyboard.down('ArrowRight');
  await eventually(async () => expect((await spectator.look()).pressed).not.toBe(0));
  proxy.cutAll();
  await expect.poll(() => page.getByText(/Connected again after/).count(), { timeout: 30_000 }).toBe(1);
  // Nothing stays pressed over a broken line.
  await eventually(async () => expect((await spectator.look()).pressed).toBe(0));
  await page.keyboard.up('ArrowRight');
  const { x } = await spectator.look();
  await page.keyboard.down('ArrowLeft');
  await eventually(async () => expect((await spectator.look()).x).toBeLessThan(x));
});

it('has a friendly page when every game is taken, and plays when one is free', async () => {
  await using gateway = await startGateway({ emulators: 1 });
  const agent = await connect(gateway.url);
  await using visited = await visit(browser, gateway.url);
  const { page } = visited;
  await page.getByRole('heading', { name: 'Every game is taken' }).waitFor();
  await page.getByRole('button', { name: 'Wait in line' }).click();
  await page.getByRole('heading', { name: 'Number 1 in line' }).waitFor();
  await agent.close();
  await playing(page);
});

it('asks for the token where one is wanted, and plays with it', async () => {
  const token = 'a-token-of-the-test-that-is-long';
  await using gateway = await startGateway({ token });
  await using visited = await visit(browser, gateway.url);
  const { page } = visited;
  await page.getByRole('heading', { name: 'This gateway wants a token' }).waitFor();
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
  await playing(page);
});

it('says so when a token may only watch, and shows the wall to it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'joywire-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const tokens = new TestTokens(folder, ['watcher']);
  const tokensFile = tokens.file(tokens.entry('watcher', { role: 'watch' }));
  await using gateway = await startGateway({ tokensFile });
  await using visited = await visit(browser, gateway.url);
  const { page } = visited;
  await page.getByLabel('Token').fill(tokens.of('watcher'));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your token does not allow that' }).waitFor();
  await page.getByRole('link', { name: 'Watch the wall' }).click();
  await page.getByRole('heading', { name: 'Nobody plays right now' }).waitFor();
});

it('says so when the gateway is gone, and shows the games again when it is back', async () => {
  const gateway = await startGateway();
  const { port } = gateway;
  await using visited = await visit(browser, gateway.url, { hash: '/#/wall' });
  const { page } = visited;
  await page.getByRole('heading', { name: 'Nobody plays right now' }).waitFor();
  await gateway.gateway.close();
  await page.getByRole('heading', { name: 'The gateway is gone' }).waitFor();
  await using next = await startGateway({ port });
  expect(next.port).toBe(port);
  await page.getByRole('heading', { name: 'Nobody plays right now' }).waitFor();
});

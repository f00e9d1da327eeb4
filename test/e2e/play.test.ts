import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUTTONS } from '../../client/index.ts';
import { startGateway } from '../support/gateway.ts';
import { DESKTOP, eventually, openBrowser, PHONE, playing, tap, visit } from './browser.ts';
import { Spectator } from './game-memory.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Presses a key, and again when the game did not take it: it sees none while it fades or types. */
async function pressUntil(page: Page, key: string, done: () => Promise<boolean>): Promise<void> {
  await tap(page, key);
  await eventually(async () => {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (!(await done())) await tap(page, key);
    expect(await done()).toBe(true);
  });
}

/** From the title into the world. */
async function enterWorld(page: Page, spectator: Spectator): Promise<void> {
  await playing(page);
  await pressUntil(page, 'Enter', async () => (await spectator.look()).mode === 1);
}

it('plays by keys as soon as it is open, and the game in its memory has walked', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url);
  const { page, faults } = visited;
  await enterWorld(page, spectator);
  const before = await spectator.look();
  await page.keyboard.down('ArrowRight');
  await eventually(async () => expect((await spectator.look()).x).toBeGreaterThan(before.x));
  await page.keyboard.up('ArrowRight');
  await eventually(async () => expect((await spectator.look()).pressed).toBe(0));
  await expect.poll(() => page.getByText('RIGHT ↓').count()).toBeGreaterThan(0);
  expect(faults).toEqual([]);
});

it('counts a tap that is shorter than a frame, and no repeats of a held key', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url);
  const { page } = visited;
  await enterWorld(page, spectator);
  const { changes } = await spectator.look();
  // Both in one turn of the page: no time passes between them.
  await page.evaluate(() => {
    const key = (type: string, repeat: boolean) =>
      window.dispatchEvent(new KeyboardEvent(type, { code: 'KeyZ', key: 'z', repeat, bubbles: true }));
    key('keydown', false);
    for (let times = 0; times < 3; times++) key('keydown', true);
    key('keyup', false);
  });
  await eventually(async () => expect((await spectator.look()).changes).toBe(changes + 2));
  expect((await spectator.look()).pressed).toBe(0);
});

it('lets go of every key when the page loses the focus', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url);
  const { page } = visited;
  await enterWorld(page, spectator);
  await page.keyboard.down('x');
  await eventually(async () => expect((await spectator.look()).pressed).toBe(BUTTONS.A));
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await eventually(async () => expect((await spectator.look()).pressed).toBe(0));
});

it('plays by touch: two fingers are two buttons', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url, PHONE);
  const { page } = visited;
  await playing(page);
  const centre = async (name: string) => {
    const box = await page.getByRole('button', { name, exact: true }).boundingBox();
    if (box === null) throw new Error(`${name} is not to be seen`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const touch = await page.context().newCDPSession(page);
  const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints });
  const start = await centre('Start');
  await eventually(async () => {
    if ((await spectator.look()).mode === 0) {
      await fingers('touchStart', [start]);
      await new Promise((resolve) => setTimeout(resolve, 60));
      await fingers('touchEnd', []);
    }
    expect((await spectator.look()).mode).toBe(1);
  });
  const [right, a] = [await centre('Right'), await centre('B')];
  const before = await spectator.look();
  await fingers('touchStart', [right]);
  await fingers('touchStart', [right, a]);
  await eventually(async () => expect((await spectator.look()).pressed).toBe(BUTTONS.RIGHT | BUTTONS.B));
  await eventually(async () => expect((await spectator.look()).x).toBeGreaterThan(before.x));
  await fingers('touchEnd', []);
  await eventually(async () => expect((await spectator.look()).pressed).toBe(0));
});

it('plays by a gamepad of the standard layout', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url);
  const { page } = visited;
  // There is no gamepad in a machine without one: this one has the standard's shape.
  await page.evaluate(() => {
    const buttons = Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 }));
    const pad = { connected: true, mapping: 'standard', id: 'stub', index: 0, axes: [0, 0, 0, 0], buttons };
    Object.assign(window, { padButtons: buttons });
    Object.defineProperty(navigator, 'getGamepads', { value: () => [pad] });
  });
  const press = (index: number, pressed: boolean) =>
    page.evaluate(
      ([at, down]) => {
        const { padButtons } = window as unknown as { padButtons: { pressed: boolean }[] };
        const button = padButtons[at as number];
        if (button !== undefined) button.pressed = down as boolean;
      },
      [index, pressed] as const,
    );
  await enterWorld(page, spectator);
  const before = await spectator.look();
  await press(15, true);
  await eventually(async () => expect((await spectator.look()).pressed).toBe(BUTTONS.RIGHT));
  await eventually(async () => expect((await spectator.look()).x).toBeGreaterThan(before.x));
  await press(15, false);
  await eventually(async () => expect((await spectator.look()).pressed).toBe(0));
});

it('draws exactly the picture of the core', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url);
  const { page } = visited;
  await enterWorld(page, spectator);
  await page.keyboard.down('ArrowDown');
  await eventually(async () => expect((await spectator.look()).steps).toBeGreaterThan(1));
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.keyboard.up('ArrowDown');
  await page.getByRole('button', { name: 'One frame' }).click();
  await eventually(async () => {
    const { bytes } = await spectator.picture();
    expect(await drawn(page)).toEqual([...bytes]);
  });
});

/** The canvas as RGB. */
async function drawn(page: Page): Promise<number[]> {
  return await page.locator('canvas.screen').evaluate((canvas) => {
    const context = (canvas as HTMLCanvasElement).getContext('2d');
    const data = context?.getImageData(0, 0, 160, 144).data ?? new Uint8ClampedArray();
    return [...data].filter((_, index) => index % 4 !== 3);
  });
}

it('saves and loads in slots', async () => {
  await using gateway = await startGateway();
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url, DESKTOP);
  const { page } = visited;
  await enterWorld(page, spectator);
  const { x } = await spectator.look();
  await page.getByRole('button', { name: 'Save to slot 2' }).click();
  await expect.poll(() => page.getByText('Saved to slot 2.').count()).toBe(1);
  await page.keyboard.down('ArrowRight');
  await eventually(async () => expect((await spectator.look()).x).toBeGreaterThan(x + 1));
  await page.keyboard.up('ArrowRight');
  await page.getByRole('button', { name: 'Load slot 2' }).click();
  await eventually(async () => expect((await spectator.look()).x).toBe(x));
});

it('is silent until sound is asked for, and says how late it is', async () => {
  await using gateway = await startGateway();
  await using visited = await visit(browser, gateway.url);
  const { page, faults } = visited;
  await playing(page);
  await page.getByRole('button', { name: 'Sound' }).click();
  await page.getByRole('button', { name: /Mute the sound, \d+ ms after the game/ }).waitFor();
  await page.getByRole('button', { name: /Mute the sound/ }).click();
  await page.getByRole('button', { name: 'Sound' }).waitFor();
  expect(faults).toEqual([]);
});

const ENDS = {
  closed: async (page: Page) => page.close({ runBeforeUnload: true }),
  'hidden and then killed': async (page: Page) => {
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const debug = await page.context().newCDPSession(page);
    // Never answers: who would?
    void debug.send('Page.crash').catch(() => undefined);
    await new Promise<void>((resolve) => page.once('crash', () => resolve()));
  },
};

it.each(Object.entries(ENDS))(
  'keeps the battery for the next visit, also over a restart of the gateway: %s',
  async (_how, end) => {
    const data = await mkdtemp(join(tmpdir(), 'joywire-e2e-'));
    const context = await browser.newContext({ ...DESKTOP, storageState: { cookies: [], origins: [] } });
    try {
      let port = 0;
      {
        await using gateway = await startGateway({ journal: true, data });
        ({ port } = gateway);
        await using spectator = await Spectator.open(gateway.url);
        const page = await context.newPage();
        await page.goto(gateway.url.replace('ws', 'http'));
        await enterWorld(page, spectator);
        await pressUntil(page, 'Enter', async () => (await spectator.look()).mode === 3);
        await pressUntil(page, 'ArrowDown', async () => (await spectator.look()).cursor === 1);
        await pressUntil(page, 'x', async () => (await spectator.look()).saved);
        await end(page);
        await eventually(async () => expect(await spectator.games()).toBe(0));
      }
      await using gateway = await startGateway({ journal: true, data, port });
      await using spectator = await Spectator.open(gateway.url);
      const page = await context.newPage();
      await page.goto(gateway.url.replace('ws', 'http'));
      await playing(page);
      await page.getByRole('button', { name: 'Reset' }).click();
      await eventually(async () => {
        const { mode, foundSave } = await spectator.look();
        expect({ mode, foundSave }).toEqual({ mode: 0, foundSave: true });
      });
    } finally {
      await context.close();
      await rm(data, { recursive: true });
    }
  },
);

it('changes to another ROM that the gateway offers, and goes on with each where it was left', async () => {
  const romDir = await mkdtemp(join(tmpdir(), 'joywire-e2e-'));
  try {
    const rom = await readFile(new URL('../../roms/overworld.gb', import.meta.url));
    // The last byte is padding: another ROM, the same game.
    rom[rom.length - 1] = (rom[rom.length - 1] ?? 0) ^ 1;
    await writeFile(join(romDir, 'another.gb'), rom);
    await using gateway = await startGateway({ romDir, emulators: 1 });
    await using spectator = await Spectator.open(gateway.url);
    await using visited = await visit(browser, gateway.url);
    const { page, faults } = visited;
    await enterWorld(page, spectator);
    const changeTo = async (name: string) => {
      await page.getByRole('combobox', { name: 'Game' }).selectOption(name);
      await page.getByRole('heading', { name: `Play ${name}` }).waitFor({ state: 'attached' });
      await playing(page);
    };
    await changeTo('another.gb');
    await eventually(async () => expect((await spectator.look()).mode).toBe(0));
    await changeTo('overworld.gb');
    await eventually(async () => expect((await spectator.look()).mode).toBe(1));
    expect(faults).toEqual([]);
  } finally {
    await rm(romDir, { recursive: true });
  }
});

it('plays in two tabs at once, each a game of its own', async () => {
  await using gateway = await startGateway({ emulators: 2 });
  await using spectator = await Spectator.open(gateway.url);
  await using visited = await visit(browser, gateway.url);
  await playing(visited.page);
  const second = await visited.page.context().newPage();
  await second.goto(gateway.url.replace('ws', 'http'));
  await playing(second);
  await pressUntil(second, 'Enter', async () => (await spectator.look('embedded-2')).mode === 1);
  expect((await spectator.look('embedded-1')).mode).toBe(0);
});

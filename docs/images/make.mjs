/**
 * Makes the pictures of the README from a running gateway: `npm run pictures`. The game's screens come through the SDK, the
 * terminal's text from `joywire send`.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { connect } from 'joywire/client';

const WIDTH = 160;
const HEIGHT = 144;
const SCALE = 2;
const MARGIN = 8;
const GROUND = 0x26;
const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
const SCRIPT = 'W:60 START W:60 UP*2 A+B RIGHT:32 (A B)*2';

const gateway = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--log-level', 'silent']);
try {
  const url = await address();
  writeFileSync(new URL('game.png', import.meta.url), strip(await screens(url)));
  writeFileSync(new URL('acks.svg', import.meta.url), terminal(await sent(url)));
} finally {
  gateway.kill();
}

async function address() {
  for await (const line of createInterface(gateway.stdout)) return line.replace('listening on http', 'ws');
  throw new Error('the gateway did not start');
}

/** Raw pictures of four places in the game, on the way that roms/README.md describes. */
async function screens(url) {
  const pad = await connect(url);
  const shots = [];
  const shoot = async (script) => {
    await pad.send(script);
    shots.push((await pad.screen({ format: 'raw' })).bytes);
  };
  await shoot('W:90');
  await shoot('START W:60 RIGHT*8 UP A W:200');
  await shoot('A W:200 B W:30 DOWN*10 RIGHT*10 UP RIGHT*2');
  await shoot('START W:30');
  await pad.close();
  return shots;
}

/** The pictures side by side, each pixel `SCALE` wide, on a dark ground. */
function strip(shots) {
  const width = shots.length * (WIDTH * SCALE + MARGIN) + MARGIN;
  const height = HEIGHT * SCALE + 2 * MARGIN;
  const data = new Uint8Array(width * height * 3).fill(GROUND);
  for (const [index, shot] of shots.entries()) {
    const left = MARGIN + index * (WIDTH * SCALE + MARGIN);
    for (let y = 0; y < HEIGHT * SCALE; y++) {
      for (let x = 0; x < WIDTH * SCALE; x++) {
        const from = (Math.floor(y / SCALE) * WIDTH + Math.floor(x / SCALE)) * 3;
        data.set(shot.subarray(from, from + 3), ((y + MARGIN) * width + left + x) * 3);
      }
    }
  }
  return encode({ width, height, data, channels: 3, depth: 8 });
}

/** What `joywire send` prints for a script. */
async function sent(url) {
  const lines = [`$ npx joywire send "${SCRIPT}"`];
  const send = spawn(process.execPath, [MAIN, 'send', '--url', url, SCRIPT]);
  for await (const line of createInterface(send.stdout)) lines.push(line);
  return lines;
}

/** Lines of text as an SVG that looks like a terminal. */
function terminal(lines) {
  const [columnPx, linePx, padPx] = [8.43, 20, 16];
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * columnPx + 2 * padPx);
  const height = lines.length * linePx + 2 * padPx;
  const rows = lines.map((line, row) => {
    const fill =
      row === 0
        ? '#e6edf3'
        : line.includes('rejected')
          ? '#ff7b72'
          : line.includes('executed')
            ? '#7ee787'
            : '#8b949e';
    const text = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `<text x="${padPx}" y="${padPx + row * linePx + 14}" fill="${fill}" xml:space="preserve">${text}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

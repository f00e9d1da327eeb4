/** Makes the terminal of the README from what `joywire send` prints: part of `npm run pictures`. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
const SCRIPT = 'W:60 START W:60 UP*2 A+B RIGHT:32 (A B)*2';

const gateway = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--log-level', 'silent']);
try {
  const url = await address();
  writeFileSync(new URL('acks.svg', import.meta.url), terminal(await sent(url)));
} finally {
  gateway.kill();
}

async function address() {
  for await (const line of createInterface(gateway.stdout)) return line.replace('listening on http', 'ws');
  throw new Error('the gateway did not start');
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

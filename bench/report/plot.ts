/** Line plots as SVG: panels under one another over a common axis. */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly unit: string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const PANEL_HEIGHT = 180;
const LEFT = 60;
const TOP = 34;
const GAP = 34;
const COLORS = ['#2f6fde', '#d9822b', '#3a9d5d', '#a34fb5'];

/** The y axes begin at 0: a small change looks small. */
export function plot(title: string, xName: string, panels: readonly Panel[]): string {
  const height = TOP + panels.length * (PANEL_HEIGHT + GAP) + 16;
  const maxX = Math.max(...panels.flatMap((panel) => panel.series.flatMap(xs)), Number.MIN_VALUE);
  const parts = panels.map((panel, index) => drawPanel(panel, TOP + index * (PANEL_HEIGHT + GAP), maxX));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="${LEFT}" y="20" font-size="14" fill="#1c2430">${title}</text>
${parts.join('\n')}
<text x="${WIDTH - 20}" y="${height - 8}" text-anchor="end" fill="#5b6675">${maxX.toFixed(0)} ${xName}</text>
</svg>
`;
}

function xs({ points }: Series): number[] {
  return points.map(([x]) => x);
}

function drawPanel({ unit, series }: Panel, top: number, maxX: number): string {
  const maxY = 1.1 * Math.max(...series.flatMap(({ points }) => points.map(([, y]) => y)), Number.MIN_VALUE);
  const bottom = top + PANEL_HEIGHT;
  const width = WIDTH - LEFT - 20;
  const at = ([x, y]: readonly [number, number]) =>
    `${(LEFT + (x / maxX) * width).toFixed(1)},${(bottom - (y / maxY) * PANEL_HEIGHT).toFixed(1)}`;
  const lines = series.map(({ name, points }, index) => {
    const color = COLORS[index % COLORS.length];
    const label = `<text x="${LEFT + 8 + index * 90}" y="${top + 14}" fill="${color}">${name}</text>`;
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.map(at).join(' ')}"/>${label}`;
  });
  return `<rect x="${LEFT}" y="${top}" width="${width}" height="${PANEL_HEIGHT}" fill="none" stroke="#d5dbe3"/>
<text x="${LEFT - 6}" y="${top + 12}" text-anchor="end" fill="#5b6675">${maxY.toFixed(maxY < 10 ? 1 : 0)} ${unit}</text>
<text x="${LEFT - 6}" y="${bottom}" text-anchor="end" fill="#5b6675">0</text>
${lines.join('\n')}`;
}

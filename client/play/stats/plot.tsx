/** A live plot: lines over the last minute and a half, by uPlot. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Line } from './series.ts';

export interface PlotLine {
  readonly name: string;
  /** Name of a custom property of the style sheet, such as `--plot-1`. */
  readonly color: string;
  readonly values: Line;
  /** The newest value, as it is to be read. */
  readonly now: string;
}

interface PlotProps {
  readonly title: string;
  /** What the numbers are. */
  readonly unit: string;
  readonly times: readonly number[];
  readonly lines: readonly PlotLine[];
  /** Lines are sums that stand on each other: filled, the last at the top. */
  readonly stacked?: boolean;
  /** Changes when the colours do. */
  readonly theme: string;
}

const HEIGHT = 150;
/** A plot is at least so wide: the first points do not jump. */
const SHORTEST_S = 20;

export function Plot({ title, unit, times, lines, stacked = false, theme }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const shape = lines.map(({ name }) => name).join();
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(element, lines, stacked), [[]], element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape, stacked, theme]);
  useEffect(() => {
    // Stacked areas are painted from the highest down, so that each covers the ones behind it.
    const drawn = stacked ? lines.toReversed() : lines;
    plot.current?.setData([[...times], ...drawn.map(({ values }) => [...values])]);
  });
  const said = lines.map(({ name, now }) => `${name} ${now}`).join(', ');
  return (
    <figure class="plot">
      <figcaption>
        <h2>{title}</h2>
        <span class="dim">{unit}</span>
      </figcaption>
      <div ref={box} role="img" aria-label={`${title}, ${unit}: ${said}`} />
      <ul class="plot-legend">
        {lines.map(({ name, color, now }) => (
          <li key={name} class={`ink${color}`}>
            {name} <strong>{now}</strong>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function optionsOf(element: HTMLElement, lines: readonly PlotLine[], stacked: boolean): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--soft'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  const drawn = stacked ? lines.toReversed() : lines;
  return {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: (_plot, least, most) => [most - Math.max(SHORTEST_S, most - least), most] },
      y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.15)] },
    },
    axes: [
      { ...axis, size: 24, space: 90, values: (_plot, ticks) => ticks.map(clockTime) },
      { ...axis, size: 46, space: 36 },
    ],
    series: [
      {},
      ...drawn.map((line) => ({
        stroke: color(line.color),
        width: 1.75,
        points: { show: false },
        spanGaps: false,
        ...(stacked && { fill: color(line.color) }),
      })),
    ],
  };
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB');
}

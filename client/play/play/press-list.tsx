/** The presses just made: the frame each ran on, and where its time went. */
import { buttonNames } from '../../index.ts';
import { useStore } from '../store.ts';
import type { Game } from './game.ts';
import { medianTotalMs, type Press, type Split } from './press-log.ts';

const SHOWN = 12;
const PARTS = [
  ['toGatewayMs', 'to gateway'],
  ['queueMs', 'in queue'],
  ['emulatorMs', 'in emulator'],
  ['backMs', 'back'],
] as const satisfies readonly (readonly [keyof Split, string])[];

export function PressList({ game }: { readonly game: Game }) {
  const presses = useStore(game.presses);
  const median = medianTotalMs(presses);
  return (
    <section class="panel presses" aria-labelledby="presses-title">
      <header>
        <h2 id="presses-title">Presses</h2>
        {median !== undefined && <span class="figure">{median.toFixed(1)} ms median</span>}
      </header>
      {presses.length === 0 ? (
        <p class="hint">
          Press something: each press is listed with the frame it ran on and where its time went.
        </p>
      ) : (
        <>
          <ul class="legend" aria-label="Parts of the time">
            {PARTS.map(([part, name]) => (
              <li key={part} class={`part-${part}`}>
                {name}
              </li>
            ))}
          </ul>
          <table>
            <thead>
              <tr>
                <th scope="col">Press</th>
                <th scope="col">Frame</th>
                <th scope="col">Time</th>
              </tr>
            </thead>
            <tbody>
              {presses.slice(0, SHOWN).map((press) => (
                <Row key={press.seq} press={press} />
              ))}
            </tbody>
          </table>
          <p class="hint">The way to the gateway and back is measured together; each counts as half of it.</p>
        </>
      )}
    </section>
  );
}

function Row({ press }: { readonly press: Press }) {
  const { down, up, status, frame, split } = press;
  const said = [
    ...buttonNames(down).map((name) => `${name} ↓`),
    ...buttonNames(up).map((name) => `${name} ↑`),
  ].join('  ');
  return (
    <tr class={status === 'executed' ? '' : 'bad'}>
      <td>{said === '' ? 'all released' : said}</td>
      <td class="number">{status === 'executed' ? (frame ?? '?') : status}</td>
      <td>{split !== undefined && <SplitBar split={split} />}</td>
    </tr>
  );
}

/** Full width of a bar, in ms: two frames. */
const FULL_MS = 34;

function SplitBar({ split }: { readonly split: Split }) {
  const said = PARTS.map(([part, name]) => `${name} ${split[part].toFixed(1)} ms`).join(', ');
  let x = 0;
  const bars = PARTS.map(([part]) => {
    const width = Math.min(100 - x, (100 * split[part]) / FULL_MS);
    const bar = <rect key={part} class={`part-${part}`} x={x} y="0" width={width} height="8" />;
    x += width;
    return bar;
  });
  return (
    <span class="split" title={said}>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={said}>
        {bars}
      </svg>
      <span class="number">{split.totalMs.toFixed(1)} ms</span>
    </span>
  );
}

/** How the gateway, or one session, is doing: live. */
import { useEffect, useState } from 'preact/hooks';
import type { EmulatorListing, Stats } from '../../index.ts';
import { useEmulators } from '../gateway/emulator-list.ts';
import { clientOf, type Lobby } from '../gateway/lobby.ts';
import { followStats } from '../gateway/session-stats.ts';
import { MessagePage } from '../parts/message-page.tsx';
import { TroublePage } from '../parts/trouble-page.tsx';
import type { Player } from '../play/player.ts';
import { useStore } from '../store.ts';
import { BatchingForm } from './batching-form.tsx';
import { Plot, type PlotLine } from './plot.tsx';
import { INTERVAL_MS, line, REASONS, stacked, times, withStats } from './series.ts';

export interface StatsViewProps {
  readonly lobby: Lobby;
  readonly player: Player;
  readonly onToken: (token: string) => void;
}

export function StatsView({ lobby, player, onToken }: StatsViewProps) {
  const state = useStore(lobby.state);
  const playing = useStore(player.state);
  const client = clientOf(state);
  const emulators = useEmulators(client);
  const game = playing.at === 'playing' ? playing.game : undefined;
  const own = game?.client.session;
  const [session, setSession] = useState<string>();
  const [history, setHistory] = useState<readonly Stats[]>([]);
  useEffect(() => {
    setHistory([]);
    if (client === undefined) return;
    return followStats(client, { session, intervalMs: INTERVAL_MS }, (stats) => {
      if (stats.ended) setSession(undefined);
      else setHistory((before) => withStats(before, stats));
    });
  }, [client, session]);
  if (state.at === 'closed') {
    return (
      <TroublePage
        trouble={state.trouble}
        again={state.again}
        onRetry={() => lobby.open()}
        onToken={onToken}
      />
    );
  }
  if (client === undefined)
    return (
      <MessagePage title="Counting" busy>
        {null}
      </MessagePage>
    );
  return (
    <>
      <div class="head">
        <h1>Stats</h1>
        <label class="scope">
          <span>of</span>
          <select
            value={session ?? ''}
            onChange={({ currentTarget: { value } }) => setSession(value === '' ? undefined : value)}
          >
            <option value="">the whole gateway</option>
            {sessionsOf(emulators ?? []).map(({ id, session: known }) => (
              <option key={known} value={known}>
                {known === own ? `your game, ${id}` : id}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Numbers stats={history.at(-1)} />
      <div class="plots">
        <Plots history={history} />
        {game === undefined ? (
          <section class="panel">
            <header>
              <h2>Batching</h2>
            </header>
            <p class="dim">
              <a href="#/play">Start a game</a>, and its batching can be changed here while it runs.
            </p>
          </section>
        ) : (
          <BatchingForm game={game} />
        )}
      </div>
    </>
  );
}

function sessionsOf(emulators: readonly EmulatorListing[]): { id: string; session: string }[] {
  return emulators.flatMap(({ id, session, state }) =>
    session === null || state !== 'leased' ? [] : [{ id, session }],
  );
}

/** What one wants to know at a glance. */
function Numbers({ stats }: { readonly stats: Stats | undefined }) {
  const last = stats?.sinceLast;
  const all = stats?.sinceStart;
  return (
    <dl class="numbers">
      <Figure name="inputs a second" value={round(last?.inputsPerSecond)} />
      <Figure name="frames a second" value={round(last?.framesPerSecond)} />
      <Figure name="half answered within" value={millis(last?.latencyUs?.total.p50)} />
      <Figure name="inputs so far" value={all?.inputs.toLocaleString('en') ?? '–'} />
      <Figure
        name="travelled in company"
        value={all === undefined ? '–' : `${Math.round(100 * all.bufferingRatio)} %`}
      />
      <Figure
        name="failed or unknown"
        value={all === undefined ? '–' : String(all.outcomes.failed + all.outcomes.unknown)}
      />
    </dl>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const RANKS = [
  ['p50', '--plot-1'],
  ['p90', '--plot-2'],
  ['p99', '--plot-3'],
] as const;

function Plots({ history }: { readonly history: readonly Stats[] }) {
  const theme = useColorScheme();
  const last = history.at(-1)?.sinceLast;
  const common = { times: times(history), theme };
  const latency: PlotLine[] = RANKS.map(([rank, color]) => ({
    name: rank,
    color,
    values: line(history, ({ sinceLast: { latencyUs } }) =>
      latencyUs === null ? null : latencyUs.total[rank] / 1000,
    ),
    now: millis(last?.latencyUs?.total[rank]),
  }));
  const stack = stacked(history);
  return (
    <>
      <Plot
        {...common}
        title="Inputs"
        unit="a second"
        lines={[
          {
            name: 'inputs',
            color: '--plot-1',
            values: line(history, ({ sinceLast }) => sinceLast.inputsPerSecond),
            now: round(last?.inputsPerSecond),
          },
        ]}
      />
      <Plot
        {...common}
        title="Frames"
        unit="a second"
        lines={[
          {
            name: 'frames',
            color: '--plot-4',
            values: line(history, ({ sinceLast }) => sinceLast.framesPerSecond),
            now: round(last?.framesPerSecond),
          },
        ]}
      />
      <Plot {...common} title="Latency" unit="ms from acceptance to outcome" lines={latency} />
      <Plot
        {...common}
        title="Batch size"
        unit="inputs"
        lines={[
          {
            name: 'largest',
            color: '--plot-3',
            values: line(history, ({ sinceLast }) => sinceLast.largestBatchSize),
            now: round(last?.largestBatchSize),
          },
          {
            name: 'average',
            color: '--plot-1',
            values: line(history, ({ sinceLast }) => sinceLast.averageBatchSize),
            now: round(last?.averageBatchSize),
          },
        ]}
      />
      <Plot
        {...common}
        title="Flush reasons"
        unit="batches a second"
        stacked
        lines={REASONS.map((reason, index) => ({
          name: reason,
          color: `--plot-${index + 1}`,
          values: stack[index] ?? [],
          now: String(last?.flushReasons[reason] ?? 0),
        }))}
      />
    </>
  );
}

/** A value that changes whenever the page's colours do. */
function useColorScheme(): string {
  const [scheme, setScheme] = useState(() =>
    getComputedStyle(document.documentElement).getPropertyValue('--ink'),
  );
  useEffect(() => {
    const look = () => setScheme(getComputedStyle(document.documentElement).getPropertyValue('--ink'));
    const observer = new MutationObserver(look);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const query = matchMedia('(prefers-color-scheme: dark)');
    query.addEventListener('change', look);
    return () => {
      observer.disconnect();
      query.removeEventListener('change', look);
    };
  }, []);
  return scheme;
}

function round(value: number | undefined): string {
  if (value === undefined) return '–';
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

function millis(us: number | undefined): string {
  if (us === undefined) return '–';
  if (us < 1000) return `${us} µs`;
  return us < 1_000_000 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1_000_000).toFixed(1)} s`;
}

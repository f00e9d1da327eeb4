/** One game, large, as somebody else plays it. */
import { useSessionStats } from '../gateway/session-stats.ts';
import { useEmulators } from '../gateway/emulator-list.ts';
import { clientOf, type Lobby } from '../gateway/lobby.ts';
import { Icon } from '../parts/icon.tsx';
import { MessagePage } from '../parts/message-page.tsx';
import { Screen } from '../parts/screen.tsx';
import { TroublePage } from '../parts/trouble-page.tsx';
import type { Player } from '../play/player.ts';
import { goTo } from '../route.ts';
import { useStore } from '../store.ts';
import { healthOf } from './health.ts';

interface WatchViewProps {
  readonly lobby: Lobby;
  readonly player: Player;
  readonly emulator: string;
  readonly onToken: (token: string) => void;
}

export function WatchView({ lobby, player, emulator, onToken }: WatchViewProps) {
  const state = useStore(lobby.state);
  const client = clientOf(state);
  const emulators = useEmulators(client);
  const listing = emulators?.find(({ id }) => id === emulator);
  const stats = useSessionStats(client, listing?.session ?? null);
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
  if (client === undefined || emulators === undefined) {
    return (
      <MessagePage title="Looking for the game" busy>
        {null}
      </MessagePage>
    );
  }
  if (listing?.emulator == null) {
    return (
      <MessagePage
        title={listing === undefined ? `There is no ${emulator}` : 'Nobody plays here any more'}
        actions={
          <a class="button" href="#/wall">
            Back to the wall
          </a>
        }
      >
        <p>The game has ended, or never was.</p>
      </MessagePage>
    );
  }
  const { tone, word } = healthOf(listing, stats);
  const takeOver = () => {
    void player.start({ kind: 'takeover', emulator });
    goTo({ view: 'play' });
  };
  return (
    <div class="table table-watch">
      <div class="console">
        <div class="stage">
          <div class="bezel">
            <div class="bezel-top">
              <span class={`line tone tone-${tone}`}>{word}</span>
              <span class="rom">{listing.rom}</span>
            </div>
            <div class="glass">
              <Screen
                key={listing.session}
                client={client}
                emulator={emulator}
                fps={60}
                size="fit"
                label={`Screen of ${emulator}`}
              />
            </div>
          </div>
        </div>
        <div class="toolbar" role="toolbar" aria-label="Watching">
          <a class="tool" href="#/wall">
            <Icon name="back" />
            <span>Wall</span>
          </a>
          <span class="gap" />
          <button type="button" class="tool tool-strong" onClick={takeOver}>
            <Icon name="hand" />
            <span>Take over</span>
          </button>
        </div>
      </div>
      <aside class="side" aria-label="About this game">
        <section class="panel">
          <header>
            <h1>{stats?.label ?? 'An agent'}</h1>
          </header>
          <p class="dim">
            plays {listing.rom} on {emulator}
          </p>
          <dl class="figures">
            <Figure name="inputs a second" value={stats?.sinceLast.inputsPerSecond.toFixed(1)} />
            <Figure name="frames a second" value={stats?.sinceLast.framesPerSecond.toFixed(1)} />
            <Figure name="inputs so far" value={stats?.sinceStart.inputs.toLocaleString('en')} />
            <Figure name="largest batch" value={stats?.sinceStart.largestBatchSize.toString()} />
            <Figure name="waiting" value={listing.load?.outstanding.toString()} />
          </dl>
          <p class="hint">
            Take over, and the pad is yours until you give it back. What was queued is rejected with the
            reason, so the agent knows.
          </p>
        </section>
      </aside>
    </div>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? '–'}</dd>
    </div>
  );
}

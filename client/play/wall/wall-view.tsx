/** The wall: every game that runs, live, with who plays it and how it is. */
import type { Client, EmulatorListing } from '../../index.ts';
import { STATS_MS, useSessionStats } from '../gateway/session-stats.ts';
import { useEmulators } from '../gateway/emulator-list.ts';
import { clientOf, type Lobby } from '../gateway/lobby.ts';
import { Icon } from '../parts/icon.tsx';
import { MessagePage } from '../parts/message-page.tsx';
import { Screen } from '../parts/screen.tsx';
import { TroublePage } from '../parts/trouble-page.tsx';
import type { Player } from '../play/player.ts';
import { formatRoute, goTo } from '../route.ts';
import { useStore } from '../store.ts';
import { healthOf } from './health.ts';

interface WallViewProps {
  readonly lobby: Lobby;
  readonly player: Player;
  readonly onToken: (token: string) => void;
}

/** Pictures a second of a thumbnail. */
const THUMBNAIL_FPS = 12;
/** Games shown: each needs two subscriptions, of which a connection has 64. */
const MOST_SHOWN = 30;

export function WallView({ lobby, player, onToken }: WallViewProps) {
  const state = useStore(lobby.state);
  const client = clientOf(state);
  const emulators = useEmulators(client);
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
      <MessagePage title="Looking around" busy>
        {null}
      </MessagePage>
    );
  }
  const running = emulators.filter(({ emulator }) => emulator !== null);
  const free = emulators.filter((listing) => listing.state === 'free').length;
  return (
    <>
      <div class="head">
        <h1>Wall</h1>
        <p>
          {running.length} {running.length === 1 ? 'game' : 'games'} running, {free} free
          {running.length > MOST_SHOWN && `; the first ${MOST_SHOWN} are shown`}
        </p>
      </div>
      {running.length === 0 ? (
        <section class="empty">
          <h2>Nobody plays right now</h2>
          <p>
            <a class="button" href="#/play">
              Start a game
            </a>
          </p>
          <p>
            Or let a program play, and watch it here: <code>npx joywire send "W:60 START W:60 RIGHT*8"</code>
          </p>
        </section>
      ) : (
        <ul class="wall">
          {running.slice(0, MOST_SHOWN).map((listing) => (
            <li key={listing.id}>
              <Card client={client} listing={listing} player={player} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface CardProps {
  readonly client: Client;
  readonly listing: EmulatorListing;
  readonly player: Player;
}

function Card({ client, listing, player }: CardProps) {
  const stats = useSessionStats(client, listing.session);
  const own = useStore(player.state).at === 'playing' && player.game?.client.session === listing.session;
  const { tone, word } = healthOf(listing, stats);
  // The first figures come at once: they are no rate of anything yet.
  const rates = (stats?.sinceLast.durationMs ?? 0) > 0.5 * STATS_MS ? stats?.sinceLast : undefined;
  const who = own ? 'You' : (stats?.label ?? 'An agent');
  const href = own ? formatRoute({ view: 'play' }) : formatRoute({ view: 'watch', emulator: listing.id });
  const takeOver = () => {
    void player.start({ kind: 'takeover', emulator: listing.id });
    goTo({ view: 'play' });
  };
  return (
    <article class="card" aria-labelledby={`who-${listing.id}`}>
      <a class="card-screen" href={href} aria-label={own ? 'Go on playing' : `Watch ${who} on ${listing.id}`}>
        {listing.emulator?.capabilities.screen === true ? (
          <Screen
            client={client}
            emulator={listing.id}
            fps={THUMBNAIL_FPS}
            size="card"
            label={`Screen of ${listing.id}`}
          />
        ) : (
          <span class="card-blind">no picture</span>
        )}
      </a>
      <div class="card-text">
        <h2 id={`who-${listing.id}`}>{who}</h2>
        <p class={`tone tone-${tone}`}>{word}</p>
        <p class="dim">
          {listing.rom} · {listing.id}
        </p>
        <div class="card-foot">
          <dl>
            <div>
              <dt>inputs/s</dt>
              <dd>{format(rates?.inputsPerSecond)}</dd>
            </div>
            <div>
              <dt>frames/s</dt>
              <dd>{format(rates?.framesPerSecond)}</dd>
            </div>
          </dl>
          {!own && (
            <button
              type="button"
              class="small"
              onClick={takeOver}
              aria-label={`Take over ${listing.id} from ${who}`}
            >
              <Icon name="hand" />
              Take over
            </button>
          )}
        </div>
      </div>
    </article>
  );
}

/** A rate as it is read at a glance. */
function format(rate: number | undefined): string {
  if (rate === undefined) return '–';
  return rate >= 100 ? Math.round(rate).toString() : rate.toFixed(1);
}

/** The frame of the page: where one is, where one can go, and the view. */
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { assertNever } from '../../shared/errors.ts';
import { ConnectView } from './connect/connect-view.tsx';
import type { Lobby } from './gateway/lobby.ts';
import { keepToken } from './gateway/token.ts';
import type { KeyboardMap } from './input/keyboard-map.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import type { StatsViewProps } from './stats/stats-view.tsx';
import { PlayView } from './play/play-view.tsx';
import type { Player } from './play/player.ts';
import { formatRoute, type Route, type View } from './route.ts';
import { type Store, useStore } from './store.ts';
import { type Theme, THEMES } from './theme.ts';
import { WallView } from './wall/wall-view.tsx';
import { WatchView } from './wall/watch-view.tsx';

interface AppProps {
  /** Of the gateway. */
  readonly address: string;
  readonly lobby: Lobby;
  readonly player: Player;
  readonly route: Store<Route>;
  readonly theme: Store<Theme>;
  readonly keys: Store<KeyboardMap>;
}

export function App(props: AppProps) {
  const route = useStore(props.route);
  useEffect(() => {
    document.title = `${TITLES[route.view]} · Joywire`;
  }, [route.view]);
  return (
    <>
      <a class="skip" href="#view" onClick={skipToView}>
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href="#/play" aria-label="Joywire, to the game">
          <img src="./favicon.svg" alt="" width="28" height="28" />
          <span>Joywire</span>
        </a>
        <nav aria-label="Views">
          {LINKS.map(({ to, icon }) => (
            <a
              key={to}
              href={formatRoute({ view: to })}
              aria-current={
                to === route.view || (to === 'wall' && route.view === 'watch') ? 'page' : undefined
              }
            >
              <Icon name={icon} />
              {TITLES[to]}
            </a>
          ))}
        </nav>
        <ThemeButton theme={props.theme} />
      </header>
      <main id="view" tabIndex={-1} class={`view view-${route.view}`}>
        <ViewOf {...props} shown={route} />
      </main>
    </>
  );
}

function ViewOf({ shown, address, lobby, player, keys }: AppProps & { readonly shown: Route }) {
  const onToken = (token: string) => {
    keepToken(token);
    lobby.open();
    void player.start();
  };
  switch (shown.view) {
    case 'play':
      return <PlayView player={player} lobby={lobby} keys={keys} onToken={onToken} />;
    case 'wall':
      return <WallView lobby={lobby} player={player} onToken={onToken} />;
    case 'watch':
      return (
        <WatchView
          key={shown.emulator}
          lobby={lobby}
          player={player}
          emulator={shown.emulator}
          onToken={onToken}
        />
      );
    case 'stats':
      return <LazyStats lobby={lobby} player={player} onToken={onToken} />;
    case 'connect':
      return <ConnectView address={address} />;
    default:
      return assertNever(shown);
  }
}

/** The stats bring a plotting library along, which who only plays need not wait for. */
function LazyStats(props: StatsViewProps) {
  const [view, setView] = useState<{ readonly Stats: FunctionComponent<StatsViewProps> }>();
  useEffect(() => {
    void import('./stats/stats-view.tsx').then(({ StatsView }) => setView({ Stats: StatsView }));
  }, []);
  return view === undefined ? null : <view.Stats {...props} />;
}

type Linked = Exclude<View, 'watch'>;

const TITLES: Readonly<Record<View, string>> = {
  play: 'Play',
  wall: 'Wall',
  watch: 'Watch',
  stats: 'Stats',
  connect: 'Connect',
};

const LINKS: readonly { readonly to: Linked; readonly icon: IconName }[] = [
  { to: 'play', icon: 'pad' },
  { to: 'wall', icon: 'grid' },
  { to: 'stats', icon: 'chart' },
  { to: 'connect', icon: 'plug' },
];

/** The address holds the view, so this link cannot use it. */
function skipToView(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#view')?.focus();
}

const THEME_ICONS: Readonly<Record<Theme, IconName>> = { system: 'half', light: 'sun', dark: 'moon' };

function ThemeButton({ theme }: { readonly theme: Store<Theme> }) {
  const now = useStore(theme);
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'system';
  const label = `Colours: ${now}. Change to ${next}`;
  return (
    <button type="button" class="tool" aria-label={label} title={label} onClick={() => theme.set(next)}>
      <Icon name={THEME_ICONS[now]} />
    </button>
  );
}

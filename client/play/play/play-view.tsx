/** The game: it opens at once, and everything else is around it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { assertNever } from '../../../shared/errors.ts';
import type { Rom } from '../../index.ts';
import { clientOf, type Lobby } from '../gateway/lobby.ts';
import { listenToGamepads } from '../input/gamepad.ts';
import { listenToKeyboard } from '../input/keyboard.ts';
import { type KeyboardMap, keyName, type PadButton } from '../input/keyboard-map.ts';
import { MessagePage } from '../parts/message-page.tsx';
import { NoticeLine } from '../parts/notice.tsx';
import { Screen } from '../parts/screen.tsx';
import { TroublePage } from '../parts/trouble-page.tsx';
import { goTo } from '../route.ts';
import { type Store, useStore } from '../store.ts';
import type { Game } from './game.ts';
import { KeyList } from './key-list.tsx';
import { LineState } from './line-state.tsx';
import type { Player } from './player.ts';
import { PressList } from './press-list.tsx';
import { medianTotalMs } from './press-log.ts';
import { SlotList } from './slot-list.tsx';
import { Toolbar } from './toolbar.tsx';
import { TouchPad } from './touch-pad.tsx';

interface PlayViewProps {
  readonly player: Player;
  readonly lobby: Lobby;
  readonly keys: Store<KeyboardMap>;
  readonly onToken: (token: string) => void;
}

export function PlayView({ player, lobby, keys, onToken }: PlayViewProps) {
  const state = useStore(player.state);
  useEffect(() => {
    if (player.state.value.at === 'idle') void player.start();
  }, []);
  switch (state.at) {
    case 'idle':
      return (
        <MessagePage title="One moment" busy>
          {null}
        </MessagePage>
      );
    case 'opening':
      return state.place === undefined ? (
        <MessagePage title="Switching on" busy>
          <p>A game of your own is being started.</p>
        </MessagePage>
      ) : (
        <MessagePage
          title={`Number ${state.place} in line`}
          busy
          actions={
            <a class="button button-quiet" href="#/wall">
              Watch the wall meanwhile
            </a>
          }
        >
          <p>Every game is taken. Yours starts here as soon as one is free.</p>
        </MessagePage>
      );
    case 'playing':
      return <Table game={state.game} player={player} lobby={lobby} keys={keys} />;
    case 'trouble': {
      const { wish, trouble } = state;
      return (
        <TroublePage
          trouble={trouble}
          onRetry={() => void player.start(wish)}
          onToken={onToken}
          {...(wish.kind === 'own' && { onWait: () => void player.start({ ...wish, wait: true }) })}
        />
      );
    }
    default:
      return assertNever(state);
  }
}

interface TableProps extends Omit<PlayViewProps, 'onToken'> {
  readonly game: Game;
}

function Table({ game, player, lobby, keys }: TableProps) {
  const canvas = useRef<HTMLCanvasElement>(undefined);
  const glass = useRef<HTMLDivElement>(null);
  const console = useRef<HTMLDivElement>(null);
  const line = useStore(game.line);
  const notice = useStore(game.notice);
  const control = useStore(game.control);
  const presses = useStore(game.presses);
  const map = useStore(keys);
  usePresses(game, keys);
  useEffect(() => glass.current?.focus({ preventScroll: true }), [game]);
  const screen = () => canvas.current;
  const giveBack = async () => {
    await player.stop();
    goTo({ view: 'watch', emulator: game.emulator.id });
  };
  const full = () => {
    if (document.fullscreenElement !== null) void document.exitFullscreen();
    else void console.current?.requestFullscreen();
  };
  return (
    <div class="table">
      <h1 class="hidden">Play {game.emulator.rom}</h1>
      <div class="console" ref={console}>
        <div class="stage">
          <div class="bezel">
            <div class="bezel-top">
              <LineState state={line} latencyMs={medianTotalMs(presses)} />
              <RomPicker lobby={lobby} game={game} player={player} />
            </div>
            <div
              class="glass"
              ref={glass}
              tabIndex={0}
              role="application"
              aria-label="The game. Keys you press here are buttons of the Game Boy."
            >
              <Screen
                client={game.client}
                fps={60}
                label={`Screen of ${game.emulator.rom}`}
                size="fit"
                onCanvas={(element) => {
                  canvas.current = element;
                }}
              />
              {line.status === 'reconnecting' && (
                <p class="veil">
                  <span class="lamp lamp-busy" aria-hidden="true" />
                  The line broke. The game waits for you.
                </p>
              )}
              {!control && <p class="veil">Somebody else has the pad. You get it back when they leave.</p>}
            </div>
          </div>
        </div>
        <NoticeLine notice={notice} />
        <TouchPad game={game} />
        <div class="below">
          <Toolbar game={game} screen={screen} onFullscreen={full} onGiveBack={() => void giveBack()} />
          <KeyHint map={map} />
        </div>
      </div>
      <aside class="side" aria-label="About this game">
        {game.canSave && <SlotList game={game} screen={screen} />}
        <PressList game={game} />
        <KeyList keys={keys} />
      </aside>
    </div>
  );
}

/** The keys at a glance: what somebody needs who has never been here. */
function KeyHint({ map }: { readonly map: KeyboardMap }) {
  const key = (button: PadButton) => {
    const [first] = map[button];
    return <kbd>{first === undefined ? '–' : keyName(first)}</kbd>;
  };
  return (
    <p class="keyline" aria-hidden="true">
      <span>
        Walk {key('LEFT')}
        {key('UP')}
        {key('DOWN')}
        {key('RIGHT')}
      </span>
      <span>A {key('A')}</span>
      <span>B {key('B')}</span>
      <span>Start {key('START')}</span>
      <span>Select {key('SELECT')}</span>
    </p>
  );
}

/** The games that the gateway offers, if there is more than one. */
function RomPicker({ lobby, game, player }: Pick<TableProps, 'lobby' | 'game' | 'player'>) {
  const client = clientOf(useStore(lobby.state));
  const [roms, setRoms] = useState<readonly Rom[]>([]);
  useEffect(() => {
    let current = true;
    client?.roms().then(
      (list) => current && setRoms(list),
      () => undefined, // The picker is then absent, as on gateways that offer none.
    );
    return () => {
      current = false;
    };
  }, [client]);
  const { rom } = game.emulator;
  if (roms.length < 2 || game.borrowed) return <span class="rom">{rom}</span>;
  const named = roms.some(({ name }) => name === rom) ? roms : [{ name: rom, hash: '', title: rom }, ...roms];
  return (
    <label class="rom">
      <span class="hidden">Game</span>
      <select
        value={rom}
        onChange={(event) => void player.start({ kind: 'own', rom: event.currentTarget.value })}
      >
        {named.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Keyboard and gamepads press the game's buttons while it is shown; nothing stays pressed when they go elsewhere. */
function usePresses(game: Game, keys: Store<KeyboardMap>): void {
  useEffect(() => {
    const keyboard = listenToKeyboard(
      () => keys.value,
      (mask) => game.hold('keyboard', mask),
    );
    const stopGamepads = listenToGamepads((mask) => game.hold('gamepad', mask));
    const letGo = () => {
      keyboard.forget();
      game.releaseAll();
    };
    const hidden = () => {
      if (document.visibilityState === 'hidden') letGo();
    };
    addEventListener('blur', letGo);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      keyboard.stop();
      stopGamepads();
      removeEventListener('blur', letGo);
      document.removeEventListener('visibilitychange', hidden);
      letGo();
    };
  }, [game]);
}

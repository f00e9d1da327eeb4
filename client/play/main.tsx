/** Starts the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { gatewayAddress } from './gateway/address.ts';
import { Lobby } from './gateway/lobby.ts';
import { readToken } from './gateway/token.ts';
import { createKeyboardMap } from './play/key-list.tsx';
import { Player } from './play/player.ts';
import { createRouteStore } from './route.ts';
import { createTheme } from './theme.ts';

const address = gatewayAddress(location);
const lobby = new Lobby(address, readToken);
const player = new Player(address, readToken);
lobby.open();
addEventListener('pagehide', () => player.leave());
// On phones a page that is hidden may never be heard of again.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') void player.keep();
});

const root = document.querySelector('#page');
if (root === null) throw new Error('the page has no place to be drawn');
render(
  <App
    address={address}
    lobby={lobby}
    player={player}
    route={createRouteStore()}
    theme={createTheme()}
    keys={createKeyboardMap()}
  />,
  root,
);

/** Which view is shown: the part of the address behind `#`. */
import { Store } from './store.ts';

export type Route =
  | { readonly view: 'play' }
  | { readonly view: 'watch'; readonly emulator: string }
  | { readonly view: 'wall' }
  | { readonly view: 'stats' }
  | { readonly view: 'connect' };

export type View = Route['view'];

/** What is not understood leads to the game. */
export function parseRoute(hash: string): Route {
  const [view = '', rest] = hash.replace(/^#\/?/, '').split('/');
  switch (view) {
    case 'wall':
    case 'stats':
    case 'connect':
      return { view };
    case 'watch': {
      const emulator = decoded(rest ?? '');
      return emulator === '' ? { view: 'wall' } : { view: 'watch', emulator };
    }
    default:
      return { view: 'play' };
  }
}

export function formatRoute(route: Route): string {
  return route.view === 'watch' ? `#/watch/${encodeURIComponent(route.emulator)}` : `#/${route.view}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Follows the address bar. */
export function createRouteStore(): Store<Route> {
  const store = new Store(parseRoute(location.hash));
  addEventListener('hashchange', () => store.set(parseRoute(location.hash)));
  return store;
}

export function goTo(route: Route): void {
  location.hash = formatRoute(route);
}

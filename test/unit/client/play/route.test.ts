import { describe, expect, it } from 'vitest';
import { gatewayAddress } from '../../../../client/play/gateway/address.ts';
import { formatRoute, parseRoute, type Route } from '../../../../client/play/route.ts';

describe('a route', () => {
  it.each<Route>([
    { view: 'play' },
    { view: 'wall' },
    { view: 'stats' },
    { view: 'connect' },
    { view: 'watch', emulator: 'embedded-1' },
    { view: 'watch', emulator: 'a/b %#' },
  ])('%j is read as it was written', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it.each(['', '#', '#/', '#/nothing', '#view'])('%j leads to the game', (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'play' });
  });

  it.each(['#/watch', '#/watch/', '#/watch/%zz'])('%j leads to the wall', (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'wall' });
  });
});

it.each([
  ['http:', '127.0.0.1:8080', '/', 'ws://127.0.0.1:8080'],
  ['https:', 'games.example', '/joywire/', 'wss://games.example/joywire'],
  ['https:', 'games.example', '/joywire/index.html', 'wss://games.example/joywire'],
])('the gateway of a page at %s//%s%s is %s', (protocol, host, pathname, address) => {
  expect(gatewayAddress({ protocol, host, pathname })).toBe(address);
});

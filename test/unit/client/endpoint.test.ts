import { expect, it } from 'vitest';
import { endpointUrl } from '../../../client/endpoint.ts';
import { JoywireError } from '../../../shared/errors.ts';

it.each([
  ['127.0.0.1:8080', 'ws://127.0.0.1:8080/v1'],
  ['localhost:8080', 'ws://localhost:8080/v1'],
  ['[::1]:8080', 'ws://[::1]:8080/v1'],
  ['ws://127.0.0.1:8080', 'ws://127.0.0.1:8080/v1'],
  ['ws://127.0.0.1:8080/v1', 'ws://127.0.0.1:8080/v1'],
  ['ws://127.0.0.1:8080/v1/', 'ws://127.0.0.1:8080/v1'],
  ['http://127.0.0.1:8080/', 'ws://127.0.0.1:8080/v1'],
  ['HTTPS://games.example/joywire', 'wss://games.example/joywire/v1'],
  ['wss://games.example/?room=7#top', 'wss://games.example/v1?room=7'],
])('the address %s is the endpoint %s', (address, url) => {
  expect(endpointUrl(address)).toBe(url);
});

it.each(['', 'ftp://host', 'ws://', 'http://:80', 'ws://user:secret@host', 'two words'])(
  'the address %j is refused with invalid_url',
  (address) => {
    const code = () => {
      try {
        return endpointUrl(address);
      } catch (error) {
        return error instanceof JoywireError ? error.code : error;
      }
    };
    expect(code()).toBe('invalid_url');
  },
);

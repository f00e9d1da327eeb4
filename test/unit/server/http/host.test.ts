import { describe, expect, it } from 'vitest';
import { isLoopback, isWildcard, parseHostPort, urlHost } from '../../../../server/http/host.ts';

describe('a host with or without a port', () => {
  it.each([
    ['localhost', 'localhost', undefined],
    ['LocalHost:8080', 'localhost', 8080],
    ['localhost.', 'localhost', undefined],
    ['localhost.:80', 'localhost', 80],
    ['127.0.0.1:65535', '127.0.0.1', 65_535],
    ['[::1]', '::1', undefined],
    ['[::1]:8080', '::1', 8080],
    ['[0:0:0:0:0:0:0:1]:1', '::1', 1],
    ['[::FFFF:127.0.0.1]', '::ffff:7f00:1', undefined],
    ['a_b.example', 'a_b.example', undefined],
  ])('%s is %s, port %s', (text, name, port) => {
    expect(parseHostPort(text)).toEqual({ name, port });
  });

  it.each([
    '',
    ' ',
    ':80',
    '.',
    '.localhost',
    'localhost:',
    'localhost:65536',
    'localhost:80:80',
    'localhost:8a',
    'localhost,evil.example',
    'localhost evil.example',
    'user@localhost',
    'localhost@evil.example',
    'localhost/evil',
    'localhost?x',
    'localhost#x',
    'localhost\\evil',
    'http://localhost',
    '::1',
    '[::1',
    '[::1]evil.example',
    '[127.0.0.1]',
    '[localhost]',
    '[::1%lo]',
    'ｌocalhost',
  ])('%j is none', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });
});

it.each([
  ['localhost', true],
  ['LOCALHOST.', true],
  ['127.0.0.1', true],
  ['127.255.255.254', true],
  ['::1', true],
  ['[::1]', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:7f00:1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['128.0.0.1', false],
  ['127.0.0.1.evil.example', false],
  ['127.evil.example', false],
  ['127.1', false],
  ['2130706433', false],
  ['localhost.evil.example', false],
  ['notlocalhost', false],
  ['::ffff:8.8.8.8', false],
  ['::2', false],
])('isLoopback(%s) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it('every address of the machine is 0.0.0.0, or :: however it is written', () => {
  expect(['0.0.0.0', '::', '[::]', '0:0:0:0:0:0:0:0', '127.0.0.1', '::1'].filter(isWildcard)).toEqual([
    '0.0.0.0',
    '::',
    '[::]',
    '0:0:0:0:0:0:0:0',
  ]);
});

it('IPv6 addresses stand in brackets in a URL', () => {
  expect(['::1', '[::1]', '127.0.0.1', 'a.example'].map(urlHost)).toEqual([
    '[::1]',
    '[::1]',
    '127.0.0.1',
    'a.example',
  ]);
});

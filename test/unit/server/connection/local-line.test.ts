import { describe, expect, it } from 'vitest';
import type { SocketClose } from '../../../../client/socket.ts';
import type { FrameData } from '../../../../shared/codec.ts';
import type { Connection } from '../../../../server/connection/connection.ts';
import { openLocalLine, refuseLocalLine } from '../../../../server/connection/local-line.ts';
import type { Socket } from '../../../../server/connection/socket.ts';
import { settled } from '../../../support/memory-socket.ts';

/** Both ends of a line, and what each was told, in order. */
function line() {
  const told: string[] = [];
  const sockets: Socket[] = [];
  const connection = {
    id: 1,
    receive: (data: FrameData) => told.push(`gateway: ${String(data)}`),
    heard: () => told.push('gateway: pong'),
    closed: (code: number) => told.push(`gateway: closed ${code}`),
  };
  const connect = (socket: Socket) => {
    sockets.push(socket);
    // What a line needs of a connection.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return connection as unknown as Connection;
  };
  const client = openLocalLine(connect, 'json', {
    opened: () => told.push('client: opened'),
    message: (data) => told.push(`client: ${String(data)}`),
    closed: ({ code, reason }: SocketClose) => told.push(`client: closed ${code} ${reason}`),
  });
  return { client, told, gateway: () => sockets[0] };
}

describe('a line inside the process', () => {
  it('[I1] carries whole messages both ways, in order, and calls nobody back from within a call', async () => {
    const { client, told, gateway } = line();
    expect(told).toEqual([]);
    await settled();
    client.send('a');
    client.send('b');
    gateway()?.write(['c']);
    gateway()?.ping();
    expect(told).toEqual(['client: opened']);
    await settled();
    expect(told.slice(1)).toEqual(['gateway: a', 'gateway: b', 'client: c', 'gateway: pong']);
    expect(gateway()?.bytesRead).toBe(2);
    expect(gateway()?.bufferedAmount).toBe(0);
  });

  it('what was sent before a close arrives before it, and both ends are told once', async () => {
    const { client, told, gateway } = line();
    await settled();
    gateway()?.write(['last']);
    gateway()?.close(1012, 'stopping');
    client.send('too late');
    client.close(1000, 'bye');
    await settled();
    expect(told.slice(1)).toEqual(['client: last', 'gateway: closed 1012', 'client: closed 1012 stopping']);
  });

  it('a client that gives it up is told nothing more; a gateway that cuts it tells the client', async () => {
    const given = line();
    await settled();
    given.client.terminate();
    await settled();
    expect(given.told.slice(1)).toEqual(['gateway: closed 1006']);
    const cut = line();
    await settled();
    cut.gateway()?.terminate();
    await settled();
    expect(cut.told.slice(1)).toEqual(['gateway: closed 1006', 'client: closed 1006 ']);
  });

  it('one that is closed before it has opened is closed on both sides', async () => {
    const { client, told, gateway } = line();
    client.close(1000, '');
    await settled();
    expect(gateway()).toBeDefined();
    expect(told).toEqual(['client: opened', 'gateway: closed 1000', 'client: closed 1000 ']);
  });

  it('a gateway that takes no connection says why, and that coming back is of no use', async () => {
    const closes: SocketClose[] = [];
    refuseLocalLine('the gateway is stopping', {
      opened: () => {},
      message: () => {},
      closed: (close) => closes.push(close),
    });
    await settled();
    expect(closes).toEqual([{ code: 1012, reason: 'the gateway is stopping', mayReconnect: false }]);
  });
});

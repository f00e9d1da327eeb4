/** `connect` for a given way of opening sockets: attempts, one after the other, until there is a session. */
import type { Welcome } from '../shared/protocol.ts';
import { backoffMs } from '../shared/backoff.ts';
import type { OutageLimits } from './outage-limits.ts';
import { Client } from './client.ts';
import type { Clock } from './clock.ts';
import type { Connection, ConnectionDeps } from './connection.ts';
import { endpointUrl } from './endpoint.ts';
import { answerRequest } from './control.ts';
import { clientError } from './errors.ts';
import { attempt, type Greeting } from './handshake.ts';
import type { Redial } from './line.ts';
import { type ConnectOptions, helloOf } from './options.ts';
import { Session } from './session.ts';

/** @throws JoywireError */
export async function connectWith(
  { openSocket, clock }: ConnectionDeps,
  address: string,
  options: ConnectOptions = {},
): Promise<Client> {
  const { encoding = 'msgpack', connectTimeoutMs, keepaliveMs, signal, onWaiting, compression } = options;
  const deps: ConnectionDeps = {
    clock,
    openSocket: (url, protocol, events) => openSocket(url, protocol, events, compression),
  };
  const hello = helloOf(options);
  const url = endpointUrl(address);
  const greeting = { url, encoding, hello, connectTimeoutMs, keepaliveMs, signal, onWaiting };
  const attempts = options.connectAttempts ?? 1;
  for (let made = 1; ; made += 1) {
    if (signal?.aborted === true) throw abortedBy(signal);
    const result = await attempt(greeting, deps, (connection, welcome) =>
      clientOf(connection, welcome, greeting, options, deps),
    );
    if (result.ok) return result.value;
    if (made >= attempts || !result.mayReconnect) throw result.error;
    await wait(deps.clock, backoffMs(made, deps.clock.random(), options.backoff), signal);
  }
}

function clientOf(
  connection: Connection,
  welcome: Welcome,
  greeting: Greeting,
  options: ConnectOptions,
  deps: ConnectionDeps,
): Client {
  const { onFailure = 'stop', keepaliveMs = welcome.limits.keepaliveMs, signal } = options;
  // The session sees to its signal by itself: an attempt to resume ends with the session.
  const again = { ...greeting, signal: undefined };
  // Whoever presents another token while it is connected comes back with that.
  let { token } = greeting.hello;
  const redial: Redial = (resume, welcomed) => {
    const hello = {
      ...greeting.hello,
      ...(token !== undefined && { token }),
      ...(resume !== undefined && { resume }),
    };
    return attempt({ ...again, hello }, deps, welcomed);
  };
  const line = { clock: deps.clock, keepaliveMs, redial, outage: outageLimits(options, welcome) };
  const session = new Session(connection, welcome, { onFailure, signal, line });
  const client = new Client(session, welcome, greeting.encoding, (renewed) => {
    token = renewed;
  });
  listenForControl(client, session, options);
  return client;
}

function listenForControl(
  client: Client,
  { listeners }: Session,
  { onControlLost, onControlGranted, onControlRequested }: ConnectOptions,
): void {
  client.on('control', (change) => (change.controls ? onControlGranted?.() : onControlLost?.(change.by)));
  if (onControlRequested === undefined) return;
  client.on('controlRequested', (request) => {
    const grant = (number: number, granted: boolean) => client.grantControl(number, granted);
    void answerRequest(request, onControlRequested, grant, (error) => listeners.emit('error', error));
  });
}

/** Undefined where there is nothing to come back to. */
function outageLimits(
  { reconnect = {}, backoff }: ConnectOptions,
  { emulator, resumeMs, limits }: Welcome,
): OutageLimits | undefined {
  const watches = emulator === null;
  if (reconnect === false || (!watches && resumeMs === 0)) return undefined;
  return {
    ...backoff,
    maxAttempts: Infinity,
    maxOutageMs: watches ? Infinity : resumeMs + 2 * limits.keepaliveMs,
    ...reconnect,
  };
}

/** Ends early when the signal is aborted. */
function wait(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stopTimer();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const stopTimer = clock.after(delayMs, done);
    signal?.addEventListener('abort', done);
  });
}

function abortedBy(signal: AbortSignal) {
  return clientError('aborted', 'aborted while connecting', signal.reason);
}

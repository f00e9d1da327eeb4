/** `connect` for a given way of opening sockets: attempts, one after the other, until there is a session. */
import { backoffMs } from './backoff.ts';
import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import type { ConnectionDeps } from './connection.ts';
import { endpointUrl } from './endpoint.ts';
import { clientError } from './errors.ts';
import { attempt } from './handshake.ts';
import type { ConnectOptions } from './options.ts';

/** @throws JoywireError */
export async function connectWith(
  deps: ConnectionDeps,
  address: string,
  options: ConnectOptions = {},
): Promise<Client> {
  const url = endpointUrl(address);
  const attempts = options.connectAttempts ?? 1;
  for (let made = 1; ; made += 1) {
    if (options.signal?.aborted === true) throw abortedBy(options.signal);
    const result = await attempt(url, options, deps);
    if (result.ok) return result.client;
    if (made >= attempts || !result.mayReconnect) throw result.error;
    await wait(deps.clock, backoffMs(made, deps.clock.random(), options.backoff), options.signal);
  }
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

/** What the drivers of HTTP servers have in common: options, time-outs, and how a batch of actions ends. */
import type { Clock } from '../../../clock.ts';
import type { Health } from '../../health.ts';
import type { DriverContext, EmulatorDriver, OpenDriver } from '../driver.ts';
import { type ActionSettings, sleep } from './actions.ts';
import { Breaker } from './breaker.ts';
import { Exchange } from './exchange.ts';

export interface HttpOptions {
  /** Where the server is. */
  readonly url: string;
  readonly clock: Clock;
  /** For waits before retries, from 0 up to, not including, 1. @default Math.random */
  readonly random?: () => number;
  readonly settings?: Partial<HttpSettings>;
}

export interface HttpSettings extends ActionSettings {
  /** Time-out of looks that run no frame, in ms. */
  readonly lookMs: number;
  /** How long the server is asked what became of an action, in ms. */
  readonly resolveMs: number;
  /** Time-out of starting a game, in ms. */
  readonly startMs: number;
}

const HTTP_SETTINGS: HttpSettings = {
  cost: { minMs: 2000, maxMs: 120_000, frameMs: 5 },
  breaker: { failures: 3, openMs: 1000 },
  holdMs: 15_000,
  lookMs: 5000,
  resolveMs: 30_000,
  startMs: 60_000,
};

/** One server, and the games that are opened on it one after the other. */
export interface HttpEmulator {
  readonly open: OpenDriver;
  /** Never rejects and disturbs no game. */
  readonly probe: () => Promise<Health>;
  readonly close: () => Promise<void>;
}

/** What all games of one server share. */
export interface HttpServer {
  readonly url: string;
  readonly exchange: Exchange;
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly breaker: Breaker;
}

/**
 * One server of a kind.
 * @param look the path of a question that disturbs no game
 */
export function httpEmulator(
  { url, clock, random = Math.random, settings: changed }: HttpOptions,
  look: string,
  open: (server: HttpServer, context: DriverContext) => Promise<EmulatorDriver>,
): HttpEmulator {
  const settings = { ...HTTP_SETTINGS, ...changed };
  const exchange = new Exchange(url, clock);
  const server = { url, exchange, settings, clock, random, breaker: new Breaker(settings.breaker) };
  return {
    open: (context) => open(server, context),
    probe: () => probe(exchange, look, settings.lookMs, clock),
    close: () => exchange.close(),
  };
}

/** An answer that comes later than this is slow. */
const SLOW_MS = 1000;

/**
 * Asks a path whether the server answers. Not while a request is under way, whose answer will tell as well: behind a long action the server
 * is slow, not dead, and no input is to wait for a look.
 */
async function probe(exchange: Exchange, path: string, timeoutMs: number, clock: Clock): Promise<Health> {
  const busyMs = exchange.busyForMs();
  if (busyMs !== undefined) return { state: busyMs > SLOW_MS ? 'slow' : 'healthy', latencyMs: null };
  const startedAtMs = clock.now();
  const result = await exchange.send({ method: 'GET', path, timeoutMs });
  const latencyMs = Math.round(clock.now() - startedAtMs);
  if (result.kind === 'unsent') return { state: 'unreachable', latencyMs: null, message: result.why };
  if (result.kind === 'lost') return { state: 'slow', latencyMs: null, message: result.why };
  if (result.status >= 500)
    return { state: 'unreachable', latencyMs, message: `it answered ${result.status}` };
  return { state: latencyMs > SLOW_MS ? 'slow' : 'healthy', latencyMs };
}

/** Asks again and again, with short waits, until there is an answer, the time is over, or nothing is sent any more. */
export async function askUntil<T>(
  { clock, exchange }: Pick<HttpServer, 'clock' | 'exchange'>,
  timeMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadlineMs = clock.now() + timeMs;
  for (let waitMs = 20; ; waitMs = Math.min(1000, waitMs * 2)) {
    const answer = await ask();
    if (answer !== undefined || exchange.closed || clock.now() + waitMs > deadlineMs) return answer;
    await sleep(clock, waitMs);
  }
}

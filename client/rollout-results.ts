/** The answers to the calls about rollouts. */
import { type Check, compact, field } from '../shared/check.ts';
import { type Encoding, LIMITS } from '../shared/protocol.ts';
import {
  MAX_RUN_OUTCOMES,
  RUN_CODES,
  RUN_STATUSES,
  type RunCode,
  type RunResult,
} from '../shared/rollout.ts';
import { bytes, outcome } from '../shared/validate-server.ts';
import { readResult } from './results.ts';

/** Results in the order in which their runs ended. */
interface ResultPage {
  readonly results: readonly RunResult[];
  /** Whether these are the last. */
  readonly done: boolean;
  /** Names the life of the gateway: another one has nothing that this one kept. */
  readonly gateway: string;
}

type Map = Readonly<Record<string, unknown>>;

/** The frame of the session's own game, where runs begin with it. */
export function readRollout(value: unknown): { readonly frame: number | undefined } {
  return readResult('rollout', value, (check, map) => ({ frame: optionalCount(check, map, 'frame') }));
}

export function readResultPage(value: unknown, encoding: Encoding): ResultPage {
  return readResult('rollout_results', value, (check, map) => ({
    results: check
      .list(field(map, 'results'), 'results', LIMITS.maxRuns)
      .map((item) => runResult(check, item, encoding)),
    done: check.boolean(field(map, 'done'), 'done'),
    gateway: check.text(field(map, 'gateway'), 'gateway'),
  }));
}

function runResult(check: Check, value: unknown, encoding: Encoding): RunResult {
  const map = check.map(value, 'result');
  const optional = <T>(name: string, read: (found: unknown) => T): T | undefined => {
    const found = field(map, name);
    return found === undefined ? undefined : read(found);
  };
  return {
    run: check.integer(field(map, 'run'), 'run', 0, LIMITS.maxRuns - 1),
    status: check.oneOf(field(map, 'status'), 'status', RUN_STATUSES),
    frames: check.integer(field(map, 'frames'), 'frames', 0, LIMITS.maxInteger),
    ...compact({
      memory: optional('memory', (v) =>
        check.list(v, 'memory', LIMITS.maxRanges).map((item) => bytes(check, item, 'memory', encoding)),
      ),
      hash: optional('hash', (v) => check.text(v, 'hash')),
      screen: optional('screen', (v) => bytes(check, v, 'screen', encoding)),
      checkpoint: optional('checkpoint', (v) => check.text(v, 'checkpoint')),
      // They are words in both encodings, as everything in results.
      outcomes: optional('outcomes', (v) =>
        check.list(v, 'outcomes', MAX_RUN_OUTCOMES).map((item) => outcome(check, item, 'json')),
      ),
      code: optional('code', (v) => (isRunCode(v) ? v : undefined)),
      message: optional('message', (v) => check.text(v, 'message')),
    }),
  };
}

function isRunCode(value: unknown): value is RunCode {
  return typeof value === 'string' && Object.hasOwn(RUN_CODES, value);
}

function optionalCount(check: Check, map: Map, name: string): number | undefined {
  return check.optionalInteger(field(map, name), name, 0, LIMITS.maxInteger);
}

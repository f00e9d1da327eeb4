/** The figures of the `stats` channel and call. */
import { isMap } from '../shared/check.ts';
import type { Params } from '../shared/protocol.ts';
import { clientError } from './errors.ts';

/** Figures as the gateway gives them; `docs/protocol.md` lists them. */
export type Stats = Params;

/** @throws JoywireError `protocol_error` */
export function readStats(value: unknown): Stats {
  if (isMap(value)) return value;
  throw clientError('protocol_error', "the gateway's stats cannot be read: they are no map");
}

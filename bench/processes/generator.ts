/** The load generator: a process of its own, so that it shares no event loop with what it measures. */
import { growFleet, send } from '../generator/fleet.ts';
import { type Bursts, bursts, closedLoop, paced, type Seen } from '../generator/jobs.ts';
import { serve } from './rpc.ts';

let stopBursts: (() => Promise<Seen>) | undefined;

const api = {
  growFleet,
  send,
  closedLoop,
  paced,
  async startBursts(job: Bursts): Promise<void> {
    stopBursts = await bursts(job);
  },
  async stopBursts(): Promise<Seen> {
    if (stopBursts === undefined) throw new Error('no bursts are under way');
    return await stopBursts();
  },
};
export type GeneratorApi = typeof api;

serve(api);

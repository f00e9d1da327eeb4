/** The figures of the gateway as a whole: for the stats channel, and as gauges for `/metrics`. */
import type { ConnectionSet } from '../../connection/connection-set.ts';
import { SLOW_BYTES } from '../../connection/outbox.ts';
import type { Pool } from '../../emulator/pool.ts';
import type { MemoryBudget, MemoryUse } from '../../memory/budget.ts';
import type { Rollouts } from '../../rollouts/rollouts.ts';
import type { SessionRegistry } from '../../session/registry.ts';
import type { StatsSource } from './channel.ts';
import type { Meter } from './meter.ts';
import type { MetricsDeps } from './metrics.ts';

export interface GatewayFiguresDeps {
  readonly meter: Meter;
  readonly sessions: SessionRegistry;
  readonly connections: ConnectionSet;
  readonly pool: Pool;
  readonly rollouts: Rollouts;
  readonly memory: MemoryBudget;
  readonly memoryUse: () => MemoryUse;
  /** Credit of each session. */
  readonly credit: number;
}

export class GatewayFigures implements StatsSource, MetricsDeps {
  readonly meter: Meter;
  readonly #deps: GatewayFiguresDeps;

  constructor(deps: GatewayFiguresDeps) {
    this.meter = deps.meter;
    this.#deps = deps;
  }

  /** Brings the frames of every session into the figures. */
  readonly refresh = (): void => {
    for (const session of this.#deps.sessions.all()) session.refresh();
  };

  credit(): { readonly limit: number; readonly outstanding: number } {
    const { sessions, credit } = this.#deps;
    let outstanding = 0;
    for (const session of sessions.all()) outstanding += session.credit().outstanding;
    return { limit: credit * sessions.size, outstanding };
  }

  pendingBytes(): number {
    return this.#deps.connections.pendingBytes();
  }

  readonly gauges: MetricsDeps['gauges'] = () => {
    const { sessions, connections, pool, rollouts, memory } = this.#deps;
    return {
      sessions: sessions.size,
      sessionsDetached: sessions.detached,
      connections: connections.size,
      emulatorsUsed: pool.leased,
      emulatorsLimit: pool.size,
      waiting: pool.waiting,
      outboxBytes: connections.pendingBytes(),
      outboxLargestBytes: connections.largestPendingBytes(),
      outboxSlow: connections.pendingBeyond(SLOW_BYTES),
      memoryLimitBytes: memory.limitBytes,
      memory: this.#deps.memoryUse(),
      rollouts: rollouts.figures(),
    };
  };
}

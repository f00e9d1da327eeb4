/** What of a gateway holds memory for its clients, and how much, about. */
import type { ConnectionSet } from '../connection/connection-set.ts';
import type { Checkpoints } from '../emulator/checkpoints.ts';
import type { Rollouts } from '../rollouts/rollouts.ts';
import type { SessionRegistry } from '../session/registry.ts';
import type { MemoryUse } from './budget.ts';

/** What an idle connection and an idle session take, about (measured by `npm run bench -- --only watchers`). */
const CONNECTION_BYTES = 24 * 1024;
const SESSION_BYTES = 64 * 1024;
/** What compression takes of memory for a connection (zlib's manual: deflate with 13 and 7, inflate with 15). */
const COMPRESSION_BYTES = 144 * 1024;

export interface MemoryHolders {
  readonly connections: ConnectionSet;
  readonly sessions: SessionRegistry;
  readonly checkpoints: Checkpoints;
  readonly rollouts: Rollouts;
  /** Whether connections may compress. */
  readonly compression: boolean;
}

export function memoryUse(of: MemoryHolders): MemoryUse {
  const { connections } = of;
  let sessions = 0;
  for (const session of of.sessions.all()) sessions += SESSION_BYTES + session.heldBytes;
  const eachBytes = CONNECTION_BYTES + (of.compression ? COMPRESSION_BYTES : 0);
  return {
    connections: connections.size * eachBytes,
    outboxes: connections.pendingBytes(),
    incoming: connections.incomingBytes(),
    sessions,
    checkpoints: of.checkpoints.bytes,
    rollouts: of.rollouts.bytes,
  };
}

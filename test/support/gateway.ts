/** A real gateway on a free port of loopback, running the built worker. */
import { type Config, type ConfigInput, makeConfig } from '../../server/config.ts';
import { createGateway, type Gateway, type GatewayDeps } from '../../server/gateway.ts';
import type { Log, LogFields } from '../../server/log.ts';
import { ROLLOUT_WORKER_URL, WORKER_URL } from './embedded.ts';

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly config: Config;
  readonly port: number;
  readonly compatPorts: readonly number[];
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  /** Errors that reached the log: a test that expects none can say so. */
  readonly errors: readonly string[];
  /** Everything that was logged, of every level. */
  readonly logged: readonly string[];
}

/** Sessions end with their connections unless `resumeMs` says otherwise: raw clients hang up without a word. */
export async function startGateway(
  settings: ConfigInput = {},
  deps: Pick<GatewayDeps, 'places' | 'journals' | 'workerUrl' | 'rolloutWorkerUrl'> = {},
): Promise<TestGateway> {
  const errors: string[] = [];
  const logged: string[] = [];
  const note = (message: string, fields?: LogFields) =>
    logged.push(`${message} ${JSON.stringify(fields ?? {})}`);
  const log: Log = {
    error: (message, fields) => {
      errors.push(`${message} ${JSON.stringify(fields)}`);
      note(message, fields);
    },
    warn: note,
    info: note,
    debug: note,
  };
  const config = makeConfig({ port: 0, resumeMs: 0, journal: false, ...settings });
  const gateway = await createGateway(config, {
    log,
    workerUrl: WORKER_URL,
    rolloutWorkerUrl: ROLLOUT_WORKER_URL,
    ...deps,
  });
  const { port, compatPorts } = await gateway.listen();
  return {
    gateway,
    config,
    port,
    compatPorts,
    url: `ws://127.0.0.1:${port}`,
    errors,
    logged,
    [Symbol.asyncDispose]: () => gateway.close(),
  };
}

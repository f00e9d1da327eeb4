/** The ports of the compatibility API, as many as the configuration asks for. */
import type { Config } from '../../config.ts';
import { type CompatDeps, CompatPort } from './port.ts';

type Settings = Pick<
  Config,
  'compatPort' | 'compatCount' | 'compatWarmupFrames' | 'host' | 'maxMessageBytes'
>;

export class CompatPorts {
  readonly #firstPort: number;
  readonly #ports: readonly CompatPort[];

  constructor(settings: Settings, deps: Omit<CompatDeps, 'host' | 'maxBodyBytes' | 'warmupFrames'>) {
    const { compatPort, compatCount, compatWarmupFrames, host, maxMessageBytes } = settings;
    const count = compatPort === undefined ? 0 : compatCount;
    const all = { ...deps, host, maxBodyBytes: maxMessageBytes, warmupFrames: compatWarmupFrames };
    this.#firstPort = compatPort ?? 0;
    this.#ports = Array.from({ length: count }, (_, index) => new CompatPort(`compat-${index + 1}`, all));
  }

  /** Resolves to the ports that were really taken. Rejects when one is in use. */
  listen(): Promise<number[]> {
    return Promise.all(
      this.#ports.map((port, index) => port.listen(this.#firstPort === 0 ? 0 : this.#firstPort + index)),
    );
  }

  /** Takes no more requests. */
  async stop(): Promise<void> {
    await Promise.all(this.#ports.map((port) => port.stop()));
  }

  terminate(): void {
    for (const port of this.#ports) port.terminate();
  }
}

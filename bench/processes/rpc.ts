/** Functions called in a child process: the parent's `Child`, and `serve` in the child. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a child offers: functions of plain data. */
export type Api = Record<string, (argument: never) => unknown>;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly argument: never;
}

interface Reply {
  readonly id: number;
  readonly value: never;
  readonly error: string | undefined;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** How long a child may take to end by itself. */
const STOP_MS = 10_000;

export class Child<A extends { [M in keyof A]: (argument: never) => unknown }> {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /** Starts the compiled module of this folder. */
  constructor(module: string, flags: readonly string[] = []) {
    const file = new URL(`./${module}.js`, import.meta.url);
    this.#process = fork(file, {
      serialization: 'advanced',
      execArgv: [...flags],
      // As it is where servers are in earnest; Colyseus takes another path without.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (reply: Reply) => this.#settle(reply));
    this.#process.on('exit', (code) => this.#fail(new Error(`the ${module} process ended with ${code}`)));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @throws Error what the function threw, or that the process has ended */
  call<M extends keyof A & string>(
    method: M,
    ...[argument]: Parameters<A[M]>
  ): Promise<Awaited<ReturnType<A[M]>>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      this.#process.send({ id, method, argument }, (error) => {
        if (error !== null) this.#settle({ id, error: error.message });
      });
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(timer);
  }

  /** Ends it at once, whatever it is about to do. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }

  #settle({ id, error, ...reply }: Reply | Omit<Reply, 'value'>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error !== undefined) pending?.reject(new Error(error));
    else if ('value' in reply) pending?.resolve(reply.value);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** Answers calls until the parent lets go; `close` is then called and the process ends. */
export function serve(api: Api, close: () => unknown = () => {}): void {
  process.on('message', (call: Call) => void answer(api, call));
  process.on('disconnect', () => void Promise.resolve(close()).finally(() => process.exit()));
}

async function answer(api: Api, { id, method, argument }: Call): Promise<void> {
  try {
    process.send?.({ id, value: await api[method]?.(argument), error: undefined });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

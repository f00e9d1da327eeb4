/** A real gateway with one emulator whose batches end when the test says so, and raw clients that take it from each other. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashToken, newToken, type TokenEntry } from '../../server/access/token-file.ts';
import type { ConfigInput } from '../../server/config.ts';
import type { Capabilities, Hello, Params } from '../../shared/protocol.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { type ManualDriver, manualDrivers } from './manual-driver.ts';
import { RawClient } from './raw-client.ts';

const ID = 'manual-1';

interface ManualOptions {
  readonly capabilities?: Partial<Capabilities>;
  /** A game was started. */
  readonly onOpen?: (driver: ManualDriver) => void;
}

export class ManualGateway implements AsyncDisposable {
  readonly gateway: TestGateway;
  readonly drivers: readonly ManualDriver[];
  readonly #clients: RawClient[] = [];

  private constructor(gateway: TestGateway, drivers: readonly ManualDriver[]) {
    this.gateway = gateway;
    this.drivers = drivers;
  }

  /** Batches run at once until `hold` is called. */
  static async start(settings: ConfigInput = {}, options: ManualOptions = {}): Promise<ManualGateway> {
    const { drivers, open } = manualDrivers(() => 0, options.capabilities);
    const place = {
      id: ID,
      kind: 'manual',
      rom: { name: 'manual.gb', hash: 'manual' },
      open: async (context: Parameters<typeof open>[0]) => {
        const driver = await open(context);
        const opened = drivers.at(-1);
        runAtOnce(opened);
        if (opened !== undefined) options.onOpen?.(opened);
        return driver;
      },
    };
    const gateway = await startGateway({ resumeMs: 60_000, ...settings }, { places: [place] });
    return new ManualGateway(gateway, drivers);
  }

  /** The driver of the game of now. */
  get driver(): ManualDriver {
    const driver = this.drivers.at(-1);
    if (driver === undefined) throw new Error('no game was started');
    return driver;
  }

  /** From now on a batch stays in flight until the function that comes back is called. */
  hold(): () => void {
    const { driver } = this;
    const held: (() => void)[] = [];
    driver.onBatch = (batch) => {
      held.push(() => {
        driver.execute(batch);
        batch.sink.done();
      });
    };
    return () => {
      runAtOnce(driver);
      for (const finish of held.splice(0)) finish();
    };
  }

  async client(hello: Hello = {}): Promise<RawClient> {
    return await this.#keep(RawClient.hello(this.gateway.url, hello));
  }

  async take(hello: Hello = {}): Promise<RawClient> {
    return await this.client({ emulator: { id: ID }, takeover: true, ...hello });
  }

  /** Says hello with `takeover` and does not wait for an answer. */
  async asking(hello: Hello = {}): Promise<RawClient> {
    const client = await this.#keep(RawClient.open(this.gateway.url));
    client.send({ type: 'hello', hello: { emulator: { id: ID }, takeover: true, ...hello } });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }

  async #keep(opening: Promise<RawClient>): Promise<RawClient> {
    const client = await opening;
    this.#clients.push(client);
    return client;
  }
}

/** The data of the event of a name that comes `nth` (from 0). */
export async function event(client: RawClient, name: string, nth = 0): Promise<Params> {
  const all = () => client.all('event').filter((message) => message.name === name);
  await client.until(() => all().length > nth, name);
  return all()[nth]?.data ?? {};
}

/** The result of a call, or the code of its error. */
export async function call(client: RawClient, method: string, params: Params = {}): Promise<unknown> {
  const id = client.all('result').length + client.all('error').length + 1;
  client.send({ type: 'call', id, method, params });
  const result = () => client.all('result').find((message) => message.id === id);
  const error = () => client.all('error').find((message) => message.callId === id);
  await client.until(() => result() !== undefined || error() !== undefined, method);
  return error()?.error.code ?? result()?.value;
}

/** Presses with a seq and says what became of it: the code, or the status. */
export async function pressed(client: RawClient, seq: number): Promise<string | undefined> {
  client.press(seq);
  return codes(await client.acked(seq)).at(-1);
}

export function codes(outcomes: RawClient['outcomes']): string[] {
  return outcomes.map(({ outcome }) => outcome.detail?.code ?? outcome.status);
}

/** Says bye and waits for the end. */
export async function bye(client: RawClient): Promise<void> {
  client.send({ type: 'bye', discard: false });
  await client.end();
}

/** A file with a token for each name. */
export function tokensFor<Name extends string>(
  roles: Readonly<Record<Name, TokenEntry['role']>>,
): { readonly tokensFile: string; readonly token: (name: Name) => string } {
  const tokens = new Map<string, string>();
  const entries = Object.entries<TokenEntry['role']>(roles).map(([name, role]): TokenEntry => {
    const token = newToken();
    tokens.set(name, token);
    return { name, role, sha256: hashToken(token).toString('hex') };
  });
  const tokensFile = join(mkdtempSync(join(tmpdir(), 'joywire-')), 'tokens.json');
  writeFileSync(tokensFile, JSON.stringify(entries));
  return { tokensFile, token: (name) => tokens.get(name) ?? '' };
}

function runAtOnce(driver: ManualDriver | undefined): void {
  if (driver === undefined) return;
  driver.onBatch = (batch) => {
    driver.execute(batch);
    batch.sink.done();
  };
}

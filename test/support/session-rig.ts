/** A session on a manual driver and a fake clock, with everything it sent. */
import { Meter } from '../../server/channels/stats/meter.ts';
import { Checkpoints } from '../../server/emulator/checkpoints.ts';
import { Emulator } from '../../server/emulator/emulator.ts';
import { hashSecret } from '../../server/session/resume.ts';
import type { Link } from '../../server/session/presence.ts';
import { Session, type SessionSettings } from '../../server/session/session.ts';
import { Ticker } from '../../server/ticker.ts';
import type { Batching, Capabilities, Outcome, Press, ServerMessage } from '../../shared/protocol.ts';
import { FakeClock } from './fake-clock.ts';
import { type ManualDriver, manualDrivers } from './manual-driver.ts';

export interface RigOptions {
  readonly batching?: Partial<Batching>;
  readonly settings?: Partial<SessionSettings>;
  readonly capabilities?: Partial<Capabilities>;
}

const BATCHING: Batching = {
  strategy: 'threshold',
  maxWaitMs: 3,
  maxBatchSize: 8,
  highFrequencyThreshold: 5,
};

export class SessionRig {
  readonly clock: FakeClock;
  readonly session: Session;
  readonly drivers: readonly ManualDriver[];
  readonly sent: ServerMessage[] = [];
  ended = false;
  closedWith: string | undefined;
  /** The connection of now. */
  link = this.#newLink();

  private constructor(clock: FakeClock, session: (rig: SessionRig) => Session, drivers: ManualDriver[]) {
    this.clock = clock;
    this.drivers = drivers;
    this.session = session(this);
    this.session.presence.attach(this.link);
  }

  /** The connection breaks. */
  detach(): void {
    this.session.presence.detach(this.link);
  }

  /** Another connection resumes the session. */
  resume(receivedThrough: number): void {
    this.session.resume(receivedThrough);
    this.link = this.#newLink();
    this.session.presence.attach(this.link);
  }

  static async start(options: RigOptions = {}): Promise<SessionRig> {
    const clock = new FakeClock();
    const { drivers, open } = manualDrivers(() => clock.now(), options.capabilities);
    const emulator = await Emulator.start('manual-1', open, new Checkpoints(), clock);
    const ticker = new Ticker(clock, (error) => {
      throw error;
    });
    const settings: SessionSettings = {
      batching: { ...BATCHING, ...options.batching },
      observe: undefined,
      approximate: false,
      onFailure: 'stop',
      credit: 1024,
      keptOutcomes: 4096,
      resumeMs: 60_000,
      ...options.settings,
    };
    const identity = {
      id: 'session-1',
      secretHash: hashSecret('secret'),
      label: undefined,
      owner: 'local',
      role: 'admin',
    } as const;
    const make = (rig: SessionRig) =>
      new Session(identity, settings, {
        clock,
        ticker,
        emulator,
        meter: new Meter(clock),
        journal: undefined,
        onDetach: () => {},
        onEnd: () => {
          rig.ended = true;
        },
      });
    return new SessionRig(clock, make, drivers);
  }

  /** The driver that runs the game now. */
  get driver(): ManualDriver {
    const driver = this.drivers.at(-1);
    if (driver === undefined) throw new Error('no driver was opened');
    return driver;
  }

  #newLink(): Link {
    return {
      id: 1,
      pendingBytes: 0,
      acksReady: () => this.clock.endOfTick(() => this.#takeAcks()),
      send: (message) => {
        this.#takeAcks();
        this.sent.push(message);
      },
      end: (close) => {
        this.#takeAcks();
        this.closedWith = close;
      },
    };
  }

  press(seq: number, press: Partial<Press> = {}): void {
    this.session.receive({ type: 'input', seq, press: presses(press) });
  }

  group(firstSeq: number, count: number, press: Partial<Press> = {}): void {
    const members = Array.from({ length: count }, () => presses(press));
    this.session.receive({ type: 'inputs', firstSeq, presses: members, options: undefined });
  }

  /** Lets promises settle and the tick end, until nothing moves any more. */
  async settle(): Promise<void> {
    for (let i = 0; i < 8; i++) {
      this.clock.tick();
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  /** Lets time pass; whatever a timer starts settles before the next one fires. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.clock.now() + ms;
    await this.settle();
    for (let at = this.clock.nextTimerMs; at !== undefined && at <= untilMs; at = this.clock.nextTimerMs) {
      this.clock.advance(at - this.clock.now());
      await this.settle();
    }
    this.clock.advance(untilMs - this.clock.now());
  }

  /** Executes the batch in flight whole. */
  finish(): void {
    const batch = this.driver.batches.at(-1);
    if (batch === undefined) throw new Error('no batch is in flight');
    this.driver.execute(batch);
    batch.sink.done();
    this.clock.tick();
  }

  get acks() {
    return this.sent.filter((message) => message.type === 'ack');
  }

  get errors() {
    return this.sent.flatMap((message) => (message.type === 'error' ? [message.error] : []));
  }

  get events() {
    return this.sent.filter((message) => message.type === 'event');
  }

  /** Every outcome that was acked, with its seq, in the order in which the acks went out. */
  get outcomes(): { readonly seq: number; readonly outcome: Outcome }[] {
    return this.acks.flatMap((ack) =>
      ack.outcomes.map((outcome, index) => ({ seq: ack.firstSeq + index, outcome })),
    );
  }

  #takeAcks(): void {
    this.sent.push(...this.session.takeAcks());
    this.session.acksLeave();
  }
}

export function presses(press: Partial<Press> = {}): Press {
  return { buttons: 1, hold: 1, gap: 1, options: undefined, ...press };
}

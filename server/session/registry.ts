/** The sessions of a gateway: opens or resumes one for a hello, finds it, and releases its emulator when it ends. */
import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { compact } from '../../shared/check.ts';
import type { RequestCode } from '../../shared/errors.ts';
import type { Batching, Hello, PublishedLimits, Welcome } from '../../shared/protocol.ts';
import { Meter } from '../channels/stats/meter.ts';
import type { Clock } from '../clock.ts';
import type { Opening } from '../connection/connection.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Pool } from '../emulator/pool.ts';
import type { Applicant } from '../emulator/waiting-line.ts';
import type { Ticker } from '../ticker.ts';
import { errorFields, type Log, type LogFields } from '../log.ts';
import { Expiry } from './expiry.ts';
import type { SessionIdentity } from './identity.ts';
import { Restoration } from './restoration.ts';
import { hashSecret, resumeProblem, type ResumeRequest } from './resume.ts';
import type { Identity as Caller } from '../access/identity.ts';
import type { SessionHistory } from '../journal/history.ts';
import type { RunJournals } from '../journal/run-journals.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import { Session, type SessionDeps, type SessionEnd, type SessionSettings } from './session.ts';
import { Takeover } from './takeover.ts';
import { otherGame, unsupported, wantedPace } from './wishes.ts';

export interface RegistryDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly meter: Meter;
  /** Where runs are on record; undefined without. */
  readonly journals: RunJournals | undefined;
  readonly log: Log;
  /** A session is over. */
  readonly onEnd: (session: Session) => void;
  readonly batching: Batching;
  readonly credit: number;
  /** How long a session is kept without a connection if its hello does not say, in ms. */
  readonly resumeMs: number;
  readonly limits: PublishedLimits;
  /** Name and version, for `welcome`. */
  readonly server: string;
}

type Refusal = Extract<Opening, { ok: false }>;

export class SessionRegistry {
  readonly #deps: RegistryDeps;
  readonly #sessions = new Map<string, Session>();
  readonly #expiry: Expiry;
  /** Sessions that are being opened or wait in line, and whose they are: they count as well. */
  readonly #opening = new Map<string, string>();
  readonly #takeover: Takeover;
  readonly #restoration: Restoration;
  /** Told when the last session has ended. */
  #onEmpty: (() => void) | undefined;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
    this.#takeover = new Takeover(deps.clock);
    this.#restoration = new Restoration({
      pool: deps.pool,
      journals: deps.journals,
      log: deps.log,
      keptOutcomes: deps.limits.keptOutcomes,
      create: (...session) => this.#create(...session),
      onStall: (emulator, why) => this.#stalled(emulator, why),
    });
    this.#expiry = new Expiry(deps.clock, () => [...this.#sessions.values()].map(({ presence }) => presence));
  }

  get size(): number {
    return this.#sessions.size;
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** How many sessions of this token play or are about to. One that is over, and whose game is being put away, is none. */
  #ownedBy(owner: string): number {
    const playing = [...this.all()].filter((session) => session.owner === owner && !session.presence.ended);
    const about = [...this.#opening].filter(([id, name]) => name === owner && !this.#sessions.has(id));
    return playing.length + about.length;
  }

  /** Taking emulators over, and giving them back. */
  get takeover(): Takeover {
    return this.#takeover;
  }

  /** Who controls an emulator, and who else plays on it. */
  players(emulatorId: string): {
    readonly controller: Session | undefined;
    readonly others: readonly Session[];
  } {
    const emulator = this.#deps.pool.find(emulatorId);
    const { control } = this.#takeover;
    if (emulator === undefined) return { controller: undefined, others: [] };
    return { controller: control.controller(emulator), others: control.others(emulator) };
  }

  /** How many sessions wait without a connection. */
  get detached(): number {
    return [...this.all()].filter(({ presence }) => presence.detached).length;
  }

  /** Opens a session or a watcher's place, or resumes a session. */
  async open(hello: Hello, applicant: Applicant, by: Caller): Promise<Opening> {
    const { resume } = hello;
    if (resume === undefined) return this.#openNew(hello, applicant, by, undefined);
    const session = this.find(resume.session);
    const problem = resumeProblem(resume, session);
    if (problem === undefined && session !== undefined) return this.#resume(session, resume);
    this.#deps.log.info('resume refused', { session: resume.session, why: problem });
    if (resume.orNew === true) return this.#openNew(hello, applicant, by, problem);
    const allowed = 'a hello without resume, or with orNew: true';
    return refusal('resume_refused', 'resume_refused', problem ?? '', allowed);
  }

  /** Brings back the sessions that were not over when an earlier gateway ended: their clients may resume them. */
  async restore(): Promise<void> {
    for (const run of (await this.#deps.journals?.unfinished()) ?? []) {
      try {
        await this.#restoration.restore(run);
      } catch (error) {
        const fields = { run: run.history.header.run, ...errorFields(error) };
        this.#deps.log.error('run not restored', fields);
      }
    }
  }

  /** The gateway is stopping: every session runs out and ends, also those without a connection. */
  leaveAll(reason: string): void {
    for (const session of this.all()) session.presence.shutDown(reason);
  }

  /** Resolves when no session is left. */
  empty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #resume(session: Session, { received, secret }: ResumeRequest): Opening {
    session.resume(received);
    this.#deps.log.info('session resumed', { ...fieldsOf(session), receivedThrough: received });
    const who = { id: session.id, secret };
    return { ok: true, session, welcome: this.#welcome(who, session, { resumed: true }) };
  }

  #openNew(
    hello: Hello,
    applicant: Applicant,
    by: Caller,
    notResumed: string | undefined,
  ): Opening | Promise<Opening> {
    if (hello.role !== 'watch') return this.#play(hello, applicant, by, notResumed);
    const welcome = this.#welcome(identity(hello, by), undefined, compact({ notResumed }));
    return { ok: true, session: undefined, welcome };
  }

  async #play(
    hello: Hello,
    applicant: Applicant,
    by: Caller,
    notResumed: string | undefined,
  ): Promise<Opening> {
    const { sessions = Infinity } = by.limits ?? {};
    if (sessions === 0) {
      return refusal('hello_refused', 'forbidden', 'the token allows no sessions', "hello.role: 'watch'");
    }
    if (this.#ownedBy(by.name) >= sessions) {
      const message = `the token has ${sessions} sessions, as many as it may have`;
      return refusal('try_again_later', 'too_many', message, undefined);
    }
    const who = identity(hello, by);
    this.#opening.set(who.id, by.name);
    try {
      return await this.#playAs(who, hello, applicant, notResumed);
    } finally {
      this.#opening.delete(who.id);
    }
  }

  async #playAs(
    who: Identity,
    hello: Hello,
    applicant: Applicant,
    notResumed: string | undefined,
  ): Promise<Opening> {
    const taken =
      hello.takeover === true ? await this.#takeOver(who, hello, applicant, notResumed) : undefined;
    if (taken !== undefined) return taken;
    const lease = await this.#deps.pool.lease(who.id, hello.emulator ?? {}, applicant);
    if (!lease.ok) {
      const close =
        lease.code === 'no_emulator' || lease.code === 'emulator_failed'
          ? 'try_again_later'
          : 'hello_refused';
      return refusal(close, lease.code, lease.message, lease.allowed);
    }
    const { emulator } = lease;
    return await this.#takeover.control.open(emulator, () => this.#first(who, hello, emulator, notResumed));
  }

  /** Begins the first session of an emulator. */
  async #first(
    who: Identity,
    hello: Hello,
    emulator: Emulator,
    notResumed: string | undefined,
  ): Promise<Opening> {
    const problem = await this.#prepare(emulator, hello);
    if (problem !== undefined) {
      await this.#deps.pool.release(emulator);
      return refusal('hello_refused', 'unsupported', problem, undefined);
    }
    const session = await this.#begin(who, hello, emulator);
    if (session === undefined) {
      await this.#deps.pool.release(emulator);
      return refusal('try_again_later', 'journal_unavailable', 'nothing can be put on record now', undefined);
    }
    return { ok: true, session, welcome: this.#welcome(who, session, compact({ notResumed })) };
  }

  /** Begins a session on an emulator on which somebody plays already; undefined where nobody does. */
  async #takeOver(
    who: Identity,
    hello: Hello,
    applicant: Applicant,
    notResumed: string | undefined,
  ): Promise<Opening | undefined> {
    const find = () => this.#deps.pool.find(hello.emulator?.id ?? '');
    const running = find();
    if (running === undefined) return undefined;
    // Nobody is to lose control to a hello that is refused in the end.
    const problem = unsupported(hello, running) ?? otherGame(hello, running);
    if (problem !== undefined) return refusal('hello_refused', 'unsupported', problem, undefined);
    const taking = await this.#takeover.take(find, who, applicant, async (emulator) => {
      if (emulator.closed) return 'its game is over';
      const failed = await this.#prepare(emulator, hello);
      return failed ?? (await this.#begin(who, hello, emulator)) ?? 'nothing can be put on record now';
    });
    switch (taking.kind) {
      case 'free':
        return undefined;
      case 'refused':
        return refusal('try_again_later', 'control_refused', taking.why, undefined);
      case 'taken': {
        const { session } = taking;
        return { ok: true, session, welcome: this.#welcome(who, session, compact({ notResumed })) };
      }
    }
  }

  /** Sets the pace that hello asks for; says what the emulator cannot do. */
  async #prepare(emulator: Emulator, hello: Hello): Promise<string | undefined> {
    return unsupported(hello, emulator) ?? (await emulator.setPace(wantedPace(hello, emulator)));
  }

  /** Undefined when it could not be put on record. */
  async #begin(who: Identity, hello: Hello, emulator: Emulator): Promise<Session | undefined> {
    const { journals, credit, limits, log } = this.#deps;
    const settings = {
      batching: { ...this.#deps.batching, ...hello.batching },
      observe: hello.observe,
      approximate: hello.approximate ?? false,
      onFailure: hello.onFailure ?? 'stop',
      credit,
      keptOutcomes: limits.keptOutcomes,
      resumeMs: Math.min(hello.resumeMs ?? this.#deps.resumeMs, limits.maxResumeMs),
    };
    const onStall = (why: string | undefined) =>
      this.#takeover.control.controller(emulator)?.news.stalled(why);
    try {
      const fresh = hello.emulator?.state === undefined;
      const journal =
        journals?.of(emulator) ?? (await journals?.begin(emulator, who.id, who.label, fresh, onStall));
      return this.#create(who, settings, emulator, journal, undefined);
    } catch (error) {
      const fields = { session: who.id, emulator: emulator.id, ...errorFields(error) };
      log.error('session cannot be put on record', fields);
      return undefined;
    }
  }

  #create(
    who: SessionIdentity,
    settings: SessionSettings,
    emulator: Emulator,
    journal: RunJournal | undefined,
    restored: SessionHistory | undefined,
  ): Session {
    const { clock, ticker, log } = this.#deps;
    const deps: SessionDeps = {
      clock,
      ticker,
      emulator,
      meter: new Meter(clock, this.#deps.meter),
      journal,
      onDetach: (detached, expiresAtMs) => this.#detached(detached, expiresAtMs),
      onEnd: (ended, end) => void this.#end(ended, end),
    };
    const session = new Session(who, settings, deps, restored);
    this.#sessions.set(session.id, session);
    this.#takeover.control.begin(session);
    const msg = restored === undefined ? 'session opened' : 'session restored';
    log.info(msg, { ...fieldsOf(session), label: session.label });
    return session;
  }

  /** Nothing can be put on record of an emulator, or (undefined) it can be again: whoever controls it is told. */
  #stalled(emulator: Emulator, why: string | undefined): void {
    this.#takeover.control.controller(emulator)?.news.stalled(why);
  }

  #detached(session: Session, expiresAtMs: number): void {
    const { resumeMs } = session;
    this.#deps.log.info('session detached', { ...fieldsOf(session), resumeMs });
    this.#expiry.watch(expiresAtMs);
  }

  async #end(session: Session, { suspended, why }: SessionEnd): Promise<void> {
    const { log } = this.#deps;
    try {
      if (!suspended) session.closeJournal(why);
      await this.#takeover.leave(session, suspended, () => this.#endGame(session, suspended));
    } catch (error) {
      log.error('releasing an emulator failed', { ...fieldsOf(session), ...errorFields(error) });
    }
    this.#sessions.delete(session.id);
    this.#deps.onEnd(session);
    log.info(suspended ? 'session kept' : 'session ended', {
      ...fieldsOf(session),
      entries: session.nextSeq - 1,
    });
    if (this.size === 0) this.#onEmpty?.();
  }

  /** Nobody plays on the emulator any more. */
  async #endGame({ emulator, journaled }: Session, suspended: boolean): Promise<void> {
    await emulator.letGo();
    if (journaled) await emulator.snapshot(suspended ? 'drain' : 'end');
    await this.#deps.journals?.end(emulator);
    await this.#deps.pool.release(emulator);
  }

  #welcome(
    who: { readonly id: string; readonly secret: string },
    session: Session | undefined,
    how: { readonly resumed?: boolean; readonly notResumed?: string },
  ): Welcome {
    const { credit, limits, server, batching } = this.#deps;
    return {
      session: who.id,
      secret: who.secret,
      resumed: how.resumed ?? false,
      ...compact({ notResumed: how.notResumed }),
      ...compact({ controller: session?.standing.takenBy }),
      resumeMs: session?.resumeMs ?? 0,
      ackedThrough: session?.ackedThrough ?? 0,
      nextSeq: session?.nextSeq ?? 1,
      credit,
      emulator: session?.emulator.info ?? null,
      batching: session?.batching ?? batching,
      limits,
      server,
    };
  }
}

interface Identity extends SessionIdentity {
  readonly secret: string;
}

function identity(hello: Hello, { name: owner, role }: Caller): Identity {
  const secret = randomBytes(16).toString('base64url');
  return { id: uuid(), secret, secretHash: hashSecret(secret), label: hello.label, owner, role };
}

function refusal(
  close: Refusal['close'],
  code: RequestCode,
  message: string,
  allowed: string | undefined,
): Refusal {
  return { ok: false, close, code, message, ...compact({ allowed }) };
}

/** What ties a session's lines in the log. */
function fieldsOf({ id, emulator }: Session): LogFields {
  return { session: id, emulator: emulator.id };
}

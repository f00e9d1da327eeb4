/** The calls about rollouts: begin one, fetch its results, cancel it. They are the session's own. */
import { v7 as uuid } from 'uuid';
import { Check, compact, field } from '../../shared/check.ts';
import { JoywireError } from '../../shared/errors.ts';
import type { Params } from '../../shared/protocol.ts';
import type { Guest } from '../access/guest.ts';
import type { Clock } from '../clock.ts';
import type { Checkpoints } from '../emulator/checkpoints.ts';
import type { SavedState } from '../emulator/drivers/driver.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { PlannedRun, Rollout, RolloutPlan } from '../rollouts/rollout.ts';
import type { Rollouts } from '../rollouts/rollouts.ts';
import { type RolloutRequest, rolloutId, rolloutRequest, scriptProblem } from '../rollouts/request.ts';
import type { Begun, Planned, SessionRollouts } from '../rollouts/session-rollouts.ts';
import { sharedBytes } from '../rollouts/shared-bytes.ts';
import type { RunStart } from '../rollouts/wire.ts';
import { type CallResult, type Refused, refused } from './call-result.ts';
import type { Session } from './session.ts';

export interface RolloutCallDeps {
  readonly rollouts: Rollouts;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  /** Whether the gateway is short of memory. */
  readonly memoryFull: () => boolean;
}

/** Longest time that `rollout_results` waits for one, in ms. */
const WAIT_MS = 20_000;
/** How long scripts are looked at in one go, in ms. */
const SLICE_MS = 4;
/** Most calls that wait for results of one rollout; one more is answered at once. */
const MAX_WAITING = 8;

/** Checkpoints that an error names. */
const MAX_NAMED = 20;

/** A call of a session that plays. */
type Method = (params: Params, session: Session, deps: RolloutCallDeps, guest: Guest) => Promise<CallResult>;

export const ROLLOUT_METHODS = {
  rollout: async (params, session, deps, guest) => {
    const { rollouts } = deps;
    if (!rollouts.enabled) return refused('forbidden', 'this gateway runs no rollouts (rolloutWorkers is 0)');
    if (guest.identity?.limits?.rollouts === 0) return refused('forbidden', 'the token allows no rollouts');
    const { capabilities, driver } = session.emulator;
    if (driver.machine === undefined || !capabilities.states) {
      return refused('unsupported', 'rollout: only embedded games whose states can be saved have rollouts');
    }
    const check = new Check();
    const request = rolloutRequest(check, params, rollouts.settings.maxFrames);
    const now = field(params, 'now') !== undefined && check.boolean(field(params, 'now'), 'now');
    if (check.problem !== undefined) return refused('invalid_params', check.problem);
    const own = ownOf(session, deps);
    const known = request.rollout === undefined ? undefined : own.find(request.rollout);
    if (known !== undefined) return begun(request.rollout ?? '', await known);
    const full = tooMany(own, session, deps, guest);
    if (full !== undefined) return full;
    const id = request.rollout ?? uuid();
    return begun(id, await own.begin(id, () => plan(request, session, deps, own, now)));
  },

  rollout_results: async (params, session, deps) => {
    const found = await find(params, session, deps);
    if ('ok' in found) return found;
    const { gone, total } = found;
    const check = new Check();
    const after = check.integer(field(params, 'after') ?? gone, 'after', gone, total);
    if (check.problem !== undefined) return refused('invalid_params', check.problem);
    if (found.waiters < MAX_WAITING) await waitBeyond(found, after, deps.clock);
    // Another call may have fetched what is beyond, and so let go of it.
    const { results, ...rest } = found.page(Math.max(after, found.gone));
    return { ok: true, value: { results, ...rest, gateway: deps.rollouts.life } };
  },

  cancel_rollout: async (params, session, deps) => {
    const found = await find(params, session, deps);
    if ('ok' in found) return found;
    ownOf(session, deps).cancel(found);
    return { ok: true, value: { finished: found.finished, total: found.total } };
  },
} as const satisfies Readonly<Record<string, Method>>;

function ownOf(session: Session, { rollouts }: RolloutCallDeps): SessionRollouts {
  return rollouts.of({ id: session.id, romHash: session.emulator.info.romHash, owner: session.owner });
}

function begun(id: string, result: Begun): CallResult {
  if (!result.ok) return result;
  const { rollout, frame } = result;
  return { ok: true, value: { rollout: id, runs: rollout.total, ...compact({ frame }) } };
}

/** Looks at every script, in slices: a message may hold many, and sessions have their turns meanwhile. */
async function scriptsProblem(
  request: RolloutRequest,
  { emulator }: Session,
  clock: Clock,
): Promise<Refused | undefined> {
  // A search tries the same script from many checkpoints.
  const seen = new Set<string>();
  let sliceEndsMs = clock.now() + SLICE_MS;
  for (const [at, { script }] of request.runs.entries()) {
    if (seen.has(script)) continue;
    seen.add(script);
    const problem = scriptProblem(script, request, emulator.capabilities);
    if (problem !== undefined) return refused(problem.code, `runs[${at}].script: ${problem.message}`);
    if (clock.now() < sliceEndsMs) continue;
    await new Promise<void>((resolve) => clock.endOfTick(resolve));
    sliceEndsMs = clock.now() + SLICE_MS;
  }
  return undefined;
}

function tooMany(
  own: SessionRollouts,
  session: Session,
  { rollouts, memoryFull }: RolloutCallDeps,
  guest: Guest,
): CallResult | undefined {
  const { maxRollouts } = rollouts.settings;
  if (own.open >= maxRollouts) {
    const message = `${own.open} rollouts of this session have results to be fetched; at most ${maxRollouts} may`;
    return refused('too_many_rollouts', message);
  }
  const { rollouts: most = Infinity } = guest.identity?.limits ?? {};
  if (rollouts.openOf(session.owner) >= most) {
    return refused('too_many', `the token has ${most} rollouts, as many as it may have`);
  }
  return memoryFull() ? refused('overloaded', 'the gateway is short of memory') : undefined;
}

/** Looks up where runs begin, behind every entry accepted before the call, and meanwhile whether their scripts are right. */
async function plan(
  request: RolloutRequest,
  session: Session,
  deps: RolloutCallDeps,
  own: SessionRollouts,
  now: boolean,
): Promise<Planned> {
  const look = () => lookUp(request, session, deps, own).catch(planFailure);
  const looked = now
    ? look()
    : new Promise<Planned>((resolve) => {
        session.read({ kind: 'read', run: async () => resolve(await look()) });
      });
  const problem = await scriptsProblem(request, session, deps.clock);
  const planned = await looked;
  return problem ?? planned;
}

async function lookUp(
  request: RolloutRequest,
  session: Session,
  { checkpoints }: RolloutCallDeps,
  own: SessionRollouts,
): Promise<Planned> {
  const { emulator } = session;
  const { rom } = emulator.driver;
  const order = orderOf(request, emulator);
  const starts = new Map<string | undefined, RunStart>();
  const runs: PlannedRun[] = [];
  for (const { script, from } of request.runs) {
    const start =
      starts.get(from) ??
      startOf(from === undefined ? await emulator.copy() : checkpoints.get(rom.hash, from));
    if (start === undefined) return unknownCheckpoint(checkpoints, rom.hash, from);
    starts.set(from, start);
    runs.push({ script, start });
  }
  const problem = own.problem(runs);
  if (problem !== undefined) return problem;
  return { ok: true, plan: { session: session.id, runs, order }, frame: starts.get(undefined)?.frame };
}

function startOf(state: SavedState | undefined): RunStart | undefined {
  return state && { state: state.bytes, frame: state.frame, held: state.held ?? 0 };
}

/** @throws JoywireError `unsupported` where the emulator has become one that cannot be copied */
function orderOf(request: RolloutRequest, { driver }: Emulator): RolloutPlan['order'] {
  const { rom, machine } = driver;
  if (machine === undefined)
    throw new JoywireError('unsupported', 'rollout: the emulator is another one now');
  const { frames: maxFrames, memory, hash, screen, keep, outcomes } = request;
  const { sound } = machine;
  return {
    machine: { key: `${rom.hash} ${sound}`, rom: sharedBytes(machine.rom), sound },
    maxFrames,
    memory,
    hash,
    screen,
    keep,
    outcomes,
  };
}

function unknownCheckpoint(checkpoints: Checkpoints, romHash: string, name = ''): Refused {
  const names = checkpoints.list(romHash).map((checkpoint) => checkpoint.name);
  const allowed = names.slice(0, MAX_NAMED).join(', ') || 'none is saved yet';
  return refused('unknown_checkpoint', `no checkpoint ${name}`, allowed);
}

function planFailure(error: unknown): Refused {
  if (!(error instanceof JoywireError)) throw error;
  const code = error.code === 'unsupported' ? 'unsupported' : 'emulator_failed';
  return refused(code, error.message);
}

/** A rollout of the session, or what is wrong. One that is being prepared is waited for. */
async function find(params: Params, session: Session, deps: RolloutCallDeps): Promise<Rollout | Refused> {
  const check = new Check();
  const id = rolloutId(check, field(params, 'rollout'));
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  const found = await ownOf(session, deps).find(id);
  if (found === undefined) return refused('unknown_rollout', `the session has no rollout ${id}`);
  return found.ok ? found.rollout : found;
}

/** Resolves when there is a result beyond `after`, when the rollout is over, or when the time is. */
function waitBeyond(rollout: Rollout, after: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(WAIT_MS, resolve);
    void rollout.beyond(after).then(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** The calls about sessions as a whole, and about who one is: list, kick, release, authenticate. */
import { Check, field, show } from '../../shared/check.ts';
import { LIMITS, type Params } from '../../shared/protocol.ts';
import type { NotRenewed } from '../access/entrance.ts';
import type { Guest } from '../access/guest.ts';
import { mayDo } from '../access/identity.ts';
import { type CallResult, refused } from './call-result.ts';
import type { Link } from './presence.ts';
import type { Session } from './session.ts';

/** One session, as an admin sees it. */
export interface SessionListing {
  readonly session: string;
  readonly label: string | null;
  /** Name of the token it began with. */
  readonly owner: string;
  readonly emulator: string;
  /** Number of its connection, as in the log; null while it has none. */
  readonly connection: number | null;
  /** Whether it controls the emulator; false while another session has taken over. */
  readonly controls: boolean;
  /** Whether its client is connected. */
  readonly connected: boolean;
  /** Time until it ends because nobody resumes it; null while its client is connected. */
  readonly expiresInMs: number | null;
  readonly nextSeq: number;
  readonly outstanding: number;
}

export interface AdminCallDeps {
  readonly sessions: {
    readonly all: () => Iterable<Session>;
    readonly find: (id: string) => Session | undefined;
  };
  readonly connection: (id: number) => Pick<Link, 'end'> | undefined;
  /** Takes another token of the same name. Why not, if not. */
  readonly renew: (token: string, guest: Guest) => Promise<NotRenewed | undefined>;
}

type Method = (params: Params, guest: Guest, deps: AdminCallDeps) => CallResult | Promise<CallResult>;

export function listSessions(sessions: Iterable<Session>): SessionListing[] {
  return [...sessions].map((session) => ({
    session: session.id,
    label: session.label ?? null,
    owner: session.owner,
    emulator: session.emulator.id,
    connection: session.presence.link?.id ?? null,
    controls: session.standing.controls,
    connected: !session.presence.detached,
    expiresInMs: session.expiresInMs() ?? null,
    nextSeq: session.nextSeq,
    outstanding: session.credit().outstanding,
  }));
}

export const ADMIN_METHODS = {
  authenticate: async (params: Params, guest: Guest, { renew }: AdminCallDeps) => {
    const check = new Check();
    const token = check.text(field(params, 'token'), 'token');
    if (check.problem !== undefined) return refused('invalid_params', 'token: allowed: a text');
    const why = await renew(token, guest);
    if (why !== undefined) return refused(why.code, why.message);
    const { name, role, expiresAtMs } = guest.identity ?? { name: '', role: 'watch' };
    return { ok: true, value: { name, role, expiresAtMs: expiresAtMs ?? null } };
  },
  sessions: forAdmins((_params, { sessions }) => ({
    ok: true,
    value: { sessions: listSessions(sessions.all()) },
  })),
  kick: forAdmins((params, deps) =>
    field(params, 'connection') === undefined ? kickSession(params, deps) : kickConnection(params, deps),
  ),
  release: forAdmins((params, deps) =>
    field(params, 'emulator') === undefined ? releaseSession(params, deps) : releaseEmulator(params, deps),
  ),
} as const satisfies Readonly<Record<string, Method>>;

function forAdmins(
  method: (params: Params, deps: AdminCallDeps) => CallResult | Promise<CallResult>,
): Method {
  return (params, { identity }, deps) =>
    identity !== undefined && mayDo(identity, 'admin')
      ? method(params, deps)
      : refused('forbidden', 'this is for admins', 'a token with the role admin');
}

function kickSession(params: Params, { sessions }: AdminCallDeps): CallResult {
  const check = new Check();
  const id = check.text(field(params, 'session'), 'session or connection');
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  const session = sessions.find(id);
  if (session === undefined) return refused('unknown_session', `no session ${id}`);
  session.presence.kick(KICKED);
  return { ok: true, value: { session: id } };
}

function kickConnection(params: Params, { connection }: AdminCallDeps): CallResult {
  const check = new Check();
  const id = check.integer(field(params, 'connection'), 'connection', 1, LIMITS.maxInteger);
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  const found = connection(id);
  if (found === undefined) return refused('unknown_connection', `no connection ${id}`);
  found.end('kicked', KICKED);
  return { ok: true, value: { connection: id } };
}

function releaseSession(params: Params, { sessions }: AdminCallDeps): CallResult {
  const check = new Check();
  const id = check.text(field(params, 'session'), 'session or emulator');
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  if (!endSession(sessions.find(id))) return refused('unknown_session', `no session ${id}`);
  return { ok: true, value: { session: id } };
}

/** Whoever controls it now, and whoever would get control back. */
function releaseEmulator(params: Params, { sessions }: AdminCallDeps): CallResult {
  const check = new Check();
  const id = check.text(field(params, 'emulator'), 'emulator');
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  const playing = [...sessions.all()].filter(({ emulator }) => emulator.id === id);
  if (playing.length === 0) {
    const busy = new Set([...sessions.all()].map(({ emulator }) => emulator.id));
    const allowed = [...busy].join(', ') || 'nobody plays on any';
    return refused('unknown_emulator', `nobody plays on an emulator ${show(id)}`, allowed);
  }
  for (const session of playing) endSession(session);
  return { ok: true, value: { emulator: id } };
}

const KICKED = 'an admin ended the connection';

/** Ends a session at once; what it has queued is discarded. False when there is none. */
export function endSession(session: Session | undefined): boolean {
  session?.presence.leave(true, 'kicked', 'an admin ended the session');
  return session !== undefined;
}

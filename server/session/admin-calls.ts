/** The calls about sessions as a whole, and about who one is: list, kick, release, authenticate. */
import { Check, field } from '../../shared/check.ts';
import type { Params } from '../../shared/protocol.ts';
import type { NotRenewed } from '../access/entrance.ts';
import type { Guest } from '../access/guest.ts';
import { mayDo } from '../access/identity.ts';
import { type CallResult, refused } from './call-result.ts';
import type { Session } from './session.ts';

/** One session, as an admin sees it. */
export interface SessionListing {
  readonly session: string;
  readonly label: string | null;
  /** Name of the token it began with. */
  readonly owner: string;
  readonly emulator: string;
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
    /** False when nobody asked for control with this number. */
    readonly grantControl: (session: string, request: number, granted: boolean) => boolean;
  };
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
    connected: session.expiresAtMs === undefined,
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
  kick: forAdmins((params, { sessions }) =>
    onSession(params, sessions.find, (session) => session.kick('an admin ended the connection')),
  ),
  release: forAdmins((params, { sessions }) =>
    onSession(params, sessions.find, (session) =>
      session.leave(true, 'kicked', 'an admin ended the session'),
    ),
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

function onSession(
  params: Params,
  find: (id: string) => Session | undefined,
  act: (session: Session) => void,
): CallResult {
  const check = new Check();
  const id = check.text(field(params, 'session'), 'session');
  if (check.problem !== undefined) return refused('invalid_params', check.problem);
  const session = find(id);
  if (session === undefined) return refused('unknown_session', `no session ${id}`);
  act(session);
  return { ok: true, value: { session: id } };
}

/** The records of a journal: what is written down of a run. Their bytes are `record-codec.ts`. */
import type { Role } from '../access/identity.ts';
import type { CoreIdentity } from '../emulator/drivers/driver.ts';
import type {
  BatchInfo,
  Batching,
  Command,
  Observe,
  OnFailure,
  Outcome,
  Pace,
} from '../../shared/protocol.ts';

/** Version of the format. What another version wrote is refused. */
export const JOURNAL_FORMAT = 1;

export const SNAPSHOT_CAUSES = ['start', 'load', 'interval', 'drain', 'end'] as const;

/** What a run is and on what it runs: the first record of every segment. */
export interface HeaderRecord {
  readonly kind: 'header';
  readonly format: number;
  /** Id of the run: that of the session it began with. */
  readonly run: string;
  readonly label: string | undefined;
  /** When the run began, in ms since 1970. */
  readonly startedAtMs: number;
  readonly emulator: { readonly id: string; readonly kind: string };
  readonly rom: { readonly name: string; readonly hash: string };
  /** The emulator core, for a game that can be rebuilt. */
  readonly core: CoreIdentity | undefined;
}

/** A session that plays on the run's emulator; entries name it by its position among the run's sessions. */
export interface SessionRecord {
  readonly kind: 'session';
  readonly index: number;
  readonly session: string;
  /** SHA-256 of the secret it is resumed with, as hex. */
  readonly secretHash: string;
  readonly label: string | undefined;
  /** Name of the token it began with, and what that allows. */
  readonly owner: string;
  readonly role: Role;
  readonly settings: {
    readonly batching: Batching;
    readonly observe: Observe | undefined;
    readonly approximate: boolean;
    readonly onFailure: OnFailure;
    readonly credit: number;
    readonly resumeMs: number;
    /** Its pace when another session took over; undefined while it controls. */
    readonly paceBefore: { readonly pace: Pace; readonly speed: number } | undefined;
  };
  /** Every seq up to this one has its outcome in an earlier segment. */
  readonly settledThrough: number;
}

/** What an entry asked for: a press, the keys held from now on, a command, or something that was not understood. */
export type Asked =
  | { readonly kind: 'press'; readonly buttons: number; readonly hold: number; readonly gap: number }
  | { readonly kind: 'keys'; readonly buttons: number }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'faulty' };

/** Consecutive entries of a session with their outcomes. */
export interface EntriesRecord {
  readonly kind: 'entries';
  readonly session: number;
  readonly firstSeq: number;
  /** In ms since 1970. */
  readonly atMs: number;
  readonly batch: BatchInfo | undefined;
  readonly entries: readonly { readonly asked: Asked; readonly outcome: Outcome }[];
}

/** A batch is about to be given to an emulator that cannot be rebuilt: without outcomes in the journal its entries may have run. */
export interface IntentRecord {
  readonly kind: 'intent';
  readonly session: number;
  readonly firstSeq: number;
  readonly asked: readonly Asked[];
  readonly batch: BatchInfo;
}

/** Something that changed the game or its time beside the entries, before the frame named ran. */
export type SystemRecord = { readonly kind: 'system'; readonly frame: number } & (
  | { readonly what: 'release' }
  | { readonly what: 'reset' }
  | { readonly what: 'pace'; readonly pace: Pace; readonly speed: number }
  /** The game died and was rebuilt. */
  | { readonly what: 'rebuilt'; readonly cause: string }
  /** The game died and another one took its place, from power-on. */
  | { readonly what: 'replaced'; readonly cause: string }
  | { readonly what: 'control'; readonly session: number | undefined; readonly by: string }
);

/** The game got so far without an entry, at `realtime`. */
export interface MarkRecord {
  readonly kind: 'mark';
  readonly frame: number;
}

/** The whole game. */
export interface SnapshotRecord {
  readonly kind: 'snapshot';
  /** `load` and `start`: the game goes on from here, whatever was before. The others only keep what the records before lead to. */
  readonly cause: (typeof SNAPSHOT_CAUSES)[number];
  readonly frame: number;
  /** Buttons held by `keys`. */
  readonly held: number;
  /** SHA-256 of the game's RAM and picture, as hex. */
  readonly digest: string;
  /** The driver's saved state, deflated (RFC 1951). */
  readonly state: Uint8Array;
}

/** A session is over. */
export interface EndedRecord {
  readonly kind: 'ended';
  readonly session: number;
  readonly atMs: number;
  readonly why: string;
}

export type JournalRecord =
  | HeaderRecord
  | SessionRecord
  | EntriesRecord
  | IntentRecord
  | SystemRecord
  | MarkRecord
  | SnapshotRecord
  | EndedRecord;

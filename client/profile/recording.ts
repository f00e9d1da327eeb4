/// <reference lib="esnext.disposable" preserve="true" />
/** A profile as a whole: everything from when it was begun to when it is stopped. */
import type { ProfiledInput } from '../../shared/profile/input.ts';
import type { ProfileSource } from '../../shared/profile/trace.ts';
import { Client } from '../client.ts';
import type { Subscription } from '../subscription.ts';
import type { ClockOffset } from './clock-map.ts';
import { profile, type ProfileOptions, type ProfilePart } from './profile.ts';

export interface RecordingOptions extends ProfileOptions {
  /** Inputs that are kept: the newest. @default 1000000 */
  readonly maxInputs?: number;
}

/** What was recorded. `profileTrace` and `profileSummary` show it. */
export interface Profile extends ProfileSource {
  readonly session: string;
  readonly inputs: readonly ProfiledInput[];
  /** Inputs that are not here because the gateway, or this recording, had no more room. */
  readonly dropped: number;
  /** Inputs that are not here because they were acked while there was no connection. */
  readonly missing: number;
  /** How this client's clock was mapped, as it was known best; undefined where it has no part in it. */
  readonly clock: ClockOffset | undefined;
  /** What the gateway's clock counts from, in ms since 1970. */
  readonly originMs: number;
}

/** A profile that is being recorded. */
export interface ProfileRecording extends AsyncDisposable {
  /** Resolves when the gateway records, or it has ended. What is sent before is recorded too, of the client's own session. Never rejects. */
  readonly started: Promise<void>;
  /** Resolves when the session that is recorded has ended, or nothing more can come. Never rejects. */
  readonly ended: Promise<void>;
  /**
   * Waits for what was acked by now, and stops. Safe to call again.
   * @throws JoywireError when the gateway refused it, with the gateway's code
   */
  stop(): Promise<Profile>;
}

const MAX_INPUTS = 1_000_000;

/**
 * Records the profile of a session, from the inputs on that are sent after this call:
 *
 * ```ts
 * const recording = recordProfile(pad);
 * await pad.send('A B UP*3');
 * const profile = await recording.stop();
 * await writeFile('trace.json', JSON.stringify(profileTrace(profile)));
 * ```
 */
export function recordProfile(client: Client, options: RecordingOptions = {}): ProfileRecording {
  return new Recording(client, options);
}

class Recording implements ProfileRecording {
  readonly started: Promise<void>;
  readonly ended: Promise<void>;
  readonly #client: Client;
  readonly #own: boolean;
  readonly #parts: Subscription<ProfilePart>;
  readonly #maxInputs: number;
  #inputs: ProfiledInput[] = [];
  #last: ProfilePart | undefined;
  #clock: ClockOffset | undefined;
  #dropped = 0;
  #missing = 0;
  #through = 0;
  #error: unknown;
  /** Told of every part, and of the end. */
  #onPart: () => void = () => undefined;
  #onStart: () => void = () => undefined;
  #over = false;

  constructor(client: Client, { maxInputs = MAX_INPUTS, ...options }: RecordingOptions) {
    this.#client = client;
    this.#own = client.emulator !== null && (options.session ?? client.session) === client.session;
    this.#maxInputs = maxInputs;
    this.#parts = profile(client, options);
    this.started = new Promise((resolve) => {
      this.#onStart = resolve;
    });
    this.ended = this.#record();
  }

  async stop(): Promise<Profile> {
    const { entries } = Client.inside(this.#client);
    const wanted = this.#own ? entries.ackedThrough : 0;
    while (!this.#over && (this.#last === undefined || this.#through < wanted)) {
      await new Promise<void>((resolve) => {
        this.#onPart = resolve;
      });
    }
    this.#parts.close();
    await this.ended;
    if (this.#last === undefined) throw this.#error;
    const { session, originMs } = this.#last;
    const [inputs, dropped, missing, clock] = [this.#inputs, this.#dropped, this.#missing, this.#clock];
    return { session, inputs, dropped, missing, clock, originMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.close();
    await this.ended;
  }

  async #record(): Promise<void> {
    try {
      for await (const { payload } of this.#parts) {
        this.#take(payload);
        this.#onStart();
        this.#onPart();
        if (payload.ended) break;
      }
    } catch (error) {
      // What has come so far is worth something; `stop` throws it if nothing has.
      this.#error = error;
    }
    this.#over = true;
    this.#onStart();
    this.#onPart();
  }

  #take(part: ProfilePart): void {
    this.#last = part;
    this.#through = part.through;
    this.#missing += part.missing;
    this.#dropped += part.dropped;
    if (part.clock !== undefined) this.#clock = part.clock;
    for (const input of part.inputs) this.#inputs.push(input);
    const excess = this.#inputs.length - this.#maxInputs;
    if (excess <= 0) return;
    this.#dropped += excess;
    this.#inputs = this.#inputs.slice(excess);
  }
}

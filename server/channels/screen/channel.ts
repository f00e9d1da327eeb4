/** The `screen` channel: the picture of an emulator whenever it changes, encoded once for all who watch it at one rate and scale. */
import { Check, field } from '../../../shared/check.ts';
import type { Params } from '../../../shared/protocol.ts';
import { SCALES } from '../../../shared/screen/encoder.ts';
import type { Clock } from '../../clock.ts';
import { errorBody } from '../../connection/request-error.ts';
import type { Emulator } from '../../emulator/emulator.ts';
import type { Channel, Subscriber, SubscribeResult } from '../channel.ts';
import { findEmulator, type RunningEmulators } from '../emulator-option.ts';
import { PictureFeed } from './feed.ts';

export interface ScreenDeps extends RunningEmulators {
  readonly clock: Clock;
}

const DEFAULT_FPS = 30;
const MAX_FPS = 60;
/** What is asked for is rounded down to one of these, so that those who watch share. */
const RATES = [60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1] as const;

export class ScreenChannel implements Channel {
  readonly name = 'screen';
  readonly #deps: ScreenDeps;
  readonly #feeds = new Map<Emulator, Map<string, PictureFeed>>();

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
  }

  subscribe(options: Params, subscriber: Subscriber): SubscribeResult {
    const check = new Check();
    const fps = check.optionalInteger(field(options, 'fps'), 'fps', 1, MAX_FPS) ?? DEFAULT_FPS;
    const wantedScale = field(options, 'scale') ?? 1;
    const scale = SCALES.find((each) => each === wantedScale) ?? 1;
    if (scale !== wantedScale) check.fail('scale', wantedScale, SCALES.join(' or '));
    const found = findEmulator(check, options, subscriber, this.#deps);
    if (!found.ok) return found;
    const { emulator } = found;
    if (!emulator.capabilities.screen) {
      return { ok: false, error: errorBody('unsupported', `screen: ${emulator.id} shows none`) };
    }
    const rate = RATES.find((each) => each <= fps) ?? 1;
    const feed = this.#feed(emulator, { fps: rate, scale });
    feed.add(subscriber);
    return { ok: true, close: () => feed.remove(subscriber), fast: () => feed.fast(subscriber) };
  }

  #feed(emulator: Emulator, options: ConstructorParameters<typeof PictureFeed>[1]): PictureFeed {
    const key = `${options.fps}/${options.scale}`;
    const feeds = this.#feeds.get(emulator) ?? new Map<string, PictureFeed>();
    const known = feeds.get(key);
    if (known !== undefined) return known;
    const feed = new PictureFeed(emulator, options, this.#deps.clock, () => {
      feeds.delete(key);
      if (feeds.size === 0) this.#feeds.delete(emulator);
    });
    feeds.set(key, feed);
    this.#feeds.set(emulator, feeds);
    return feed;
  }
}

/** The chains of pictures that are watched of one game, each at its own rate: encoded here, in the game's thread, once for all who watch. */
import { Buffer } from 'node:buffer';
import type { Clock, Timer } from '../../../clock.ts';
import { type ChainPicture, ScreenEncoder } from '../../../../shared/screen/encoder.ts';
import type { ChainOptions } from '../driver.ts';
import { PictureRate } from '../picture-rate.ts';

/** How long after a picture could have gone it goes all the same if no frame came: longer than one frame at normal speed. */
const SETTLE_MS = 20;

export interface PicturesDeps {
  readonly clock: Clock;
  /** The picture now, a copy, and the frames run. Undefined in the middle of a batch at `turbo`, when it may be torn. */
  readonly look: () => { readonly rgb: Uint8Array; readonly frame: number } | undefined;
  readonly send: (id: number, picture: ChainPicture) => void;
}

interface Chain {
  readonly encoder: ScreenEncoder;
  readonly rate: PictureRate;
  /** The picture that it encoded last, as `#version` counts them. */
  version: number;
}

export class Pictures {
  readonly #deps: PicturesDeps;
  readonly #chains = new Map<number, Chain>();
  #latest: Uint8Array | undefined;
  /** Counts the pictures that differ from the one before. */
  #version = 0;
  #frame = 0;
  #settling: Timer | undefined;

  constructor(deps: PicturesDeps) {
    this.#deps = deps;
  }

  /** Starts a chain with the picture of now, or as soon as there is one. */
  open(id: number, { fps, scale }: ChainOptions): void {
    this.#chains.set(id, { encoder: new ScreenEncoder(scale), rate: new PictureRate(fps), version: 0 });
    this.shown();
  }

  close(id: number): void {
    this.#chains.delete(id);
    if (this.#chains.size > 0) return;
    this.#settling?.cancel();
    this.#settling = undefined;
    this.#latest = undefined;
  }

  /** Sends the latest picture of the chain whole, for somebody who has not the one before. */
  key(id: number): void {
    const picture = this.#chains.get(id)?.encoder.key();
    if (picture !== undefined) this.#deps.send(id, picture);
  }

  /** Whether a picture is wanted of the frame that runs next. */
  get due(): boolean {
    if (this.#chains.size === 0) return false;
    const now = this.#deps.clock.now();
    for (const { rate } of this.#chains.values()) if (rate.due(now)) return true;
    return false;
  }

  /** The game may show another picture than before. */
  shown(): void {
    if (this.#chains.size === 0) return;
    if (this.due) this.#capture();
    else this.#settle();
  }

  #capture(): void {
    const looked = this.#deps.look();
    if (looked === undefined) return;
    const { rgb, frame } = looked;
    if (this.#latest === undefined || Buffer.compare(this.#latest, rgb) !== 0) {
      this.#latest = rgb;
      this.#version++;
      this.#frame = frame;
    }
    const now = this.#deps.clock.now();
    let behind = false;
    for (const [id, chain] of this.#chains) {
      if (chain.version === this.#version) continue;
      if (chain.rate.due(now)) this.#encode(id, chain, this.#latest, now);
      else behind = true;
    }
    if (behind) this.#settle();
  }

  #encode(id: number, chain: Chain, rgb: Uint8Array, now: number): void {
    chain.version = this.#version;
    const picture = chain.encoder.next(rgb, this.#frame);
    if (picture === undefined) return;
    chain.rate.took(now);
    this.#deps.send(id, picture);
  }

  /** Sees to it that the last picture before time stands still arrives too. */
  #settle(): void {
    if (this.#settling !== undefined) return;
    const { clock } = this.#deps;
    const next = Math.min(...[...this.#chains.values()].map(({ rate }) => rate.dueAtMs));
    this.#settling = clock.after(Math.max(0, next - clock.now()) + SETTLE_MS, () => {
      this.#settling = undefined;
      this.shown();
    });
  }
}

/** A game's sound in the loudspeaker: silent until it is asked for, and honest about how late it is. */
import type { Client } from '../../index.ts';
import { Store } from '../store.ts';
import processorUrl from './processor.ts?worker&url';

export type SpeakerState =
  | { readonly at: 'muted' }
  /** `delayMs`: from the frame to the ear without the way through the line; undefined until it was measured. */
  | { readonly at: 'on'; readonly delayMs: number | undefined }
  | { readonly at: 'failed'; readonly why: string };

/** The core's own rate: nothing is to be converted but at other speeds. */
const RATE = 44_100;
/** A piece is sent when it is whole: on the average its sound is that old by then. Two frames. */
const PIECE_S = 2 / 59.7275;

export class Speaker {
  readonly state = new Store<SpeakerState>({ at: 'muted' });
  readonly #client: Client;
  #stop: (() => void) | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Starts or ends the sound. To be called from a press: browsers let no page sound by itself. */
  toggle(): void {
    if (this.#stop === undefined) void this.#start();
    else this.mute();
  }

  mute(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.state.set({ at: 'muted' });
  }

  async #start(): Promise<void> {
    const context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
    let stopped = false;
    this.#stop = () => {
      stopped = true;
      void context.close();
    };
    this.state.set({ at: 'on', delayMs: undefined });
    try {
      await context.audioWorklet.addModule(processorUrl);
      if (stopped) return;
      const node = new AudioWorkletNode(context, 'joywire-player', {
        numberOfInputs: 0,
        outputChannelCount: [2],
      });
      node.connect(context.destination);
      node.port.onmessage = ({ data }: MessageEvent<number>) => {
        if (!stopped) this.state.set({ at: 'on', delayMs: Math.round(1000 * delayS(context, data)) });
      };
      await this.#feed(node.port, () => stopped);
    } catch (error) {
      if (stopped) return;
      this.mute();
      this.state.set({ at: 'failed', why: error instanceof Error ? error.message : String(error) });
    }
  }

  async #feed(port: MessagePort, stopped: () => boolean): Promise<void> {
    const sounds = this.#client.sound();
    const end = this.#stop;
    this.#stop = () => {
      end?.();
      sounds.close();
    };
    for await (const { payload } of sounds) {
      if (stopped()) return;
      const [left, right] = payload.channels();
      port.postMessage({ left, right, rate: payload.rate }, [left.buffer, right.buffer]);
    }
    if (!stopped()) this.mute();
  }
}

/** Of what is heard now: how long it waited for its piece, in the buffer, and in the device. */
function delayS(context: AudioContext, waitingS: number): number {
  return PIECE_S + waitingS + context.baseLatency + (context.outputLatency || 0);
}

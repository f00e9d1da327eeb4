/** Runs in the audio thread: plays what it is sent, and says how much of it waits. */
import { JitterBuffer, type Piece } from './jitter-buffer.ts';

/** Of the scope that the browser runs worklets in; TypeScript knows only that of pages. */
declare const sampleRate: number;
declare const registerProcessor: (name: string, processor: new () => AudioWorkletProcessor) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Blocks of 128 samples between two reports: about half a second. */
const REPORT_BLOCKS = 170;

class Player extends AudioWorkletProcessor {
  readonly #buffer = new JitterBuffer(sampleRate);
  #blocks = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Piece>) => this.#buffer.push(data);
  }

  process(_inputs: unknown, [output]: readonly (readonly Float32Array[])[]): boolean {
    const [left, right] = output ?? [];
    if (left !== undefined && right !== undefined) this.#buffer.pull(left, right);
    this.#blocks += 1;
    if (this.#blocks % REPORT_BLOCKS === 0) this.port.postMessage(this.#buffer.waitingS);
    return true;
  }
}

registerProcessor('joywire-player', Player);

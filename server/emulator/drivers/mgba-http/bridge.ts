/** The calls of mGBA-http that the driver makes: arguments in the query, answers in plain text. */
import type { MemoryRange } from '../../../../shared/protocol.ts';
import type { Exchange, Exchanged } from '../http/exchange.ts';
import { excerpt } from '../http/json.ts';

export type Said =
  | { readonly kind: 'text'; readonly text: string }
  /** It certainly was not done. */
  | { readonly kind: 'not_done'; readonly why: string }
  /** It may have been done. */
  | { readonly kind: 'unclear'; readonly why: string };

export class Bridge {
  readonly #exchange: Exchange;
  readonly #timeoutMs: number;

  constructor(exchange: Exchange, timeoutMs: number) {
    this.#exchange = exchange;
    this.#timeoutMs = timeoutMs;
  }

  /** Sets the held buttons. The bit order is the protocol's. May be repeated without harm. */
  async setKeys(mask: number): Promise<Said> {
    return this.#say('POST', `/core/setkeys?keys=${mask}`);
  }

  /** Frames since the game was started, by its own count. */
  async currentFrame(): Promise<number | undefined> {
    const said = await this.#say('GET', '/core/currentFrame');
    const frame = said.kind === 'text' ? Number.parseInt(said.text, 10) : Number.NaN;
    return Number.isSafeInteger(frame) && frame >= 0 ? frame : undefined;
  }

  async reset(): Promise<Said> {
    return this.#say('POST', '/coreadapter/reset');
  }

  /** Memory now; undefined when the answer is none. */
  async read([address, length]: MemoryRange): Promise<Uint8Array | undefined> {
    const said = await this.#say('GET', `/core/readrange?address=0x${address.toString(16)}&length=${length}`);
    if (said.kind !== 'text') return undefined;
    const bytes = said.text
      .trim()
      .split(',')
      .map((byte) => Number.parseInt(byte, 16));
    const whole = bytes.length === length && bytes.every((byte) => byte >= 0 && byte <= 0xff);
    return whole ? Uint8Array.from(bytes) : undefined;
  }

  async #say(method: 'GET' | 'POST', path: string): Promise<Said> {
    return saidBy(await this.#exchange.send({ method, path, timeoutMs: this.#timeoutMs }));
  }
}

/** `false` is an answer with status 200, and means that it was not done. */
function saidBy(exchanged: Exchanged): Said {
  if (exchanged.kind === 'unsent') return { kind: 'not_done', why: exchanged.why };
  if (exchanged.kind === 'lost') return { kind: 'unclear', why: exchanged.why };
  const { status, text } = exchanged;
  if (status >= 400 && status < 500) return { kind: 'not_done', why: excerpt(status, text) };
  if (status !== 200 || text.trimStart().startsWith('<'))
    return { kind: 'unclear', why: excerpt(status, text) };
  if (text.trim() === 'false') return { kind: 'not_done', why: 'it answered false' };
  return { kind: 'text', text };
}

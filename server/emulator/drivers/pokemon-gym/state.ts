/** What pokemon-gym answers, read with care. */
import { decode } from 'fast-png';
import type { Exchanged } from '../http/exchange.ts';
import { excerpt, isRefusal, jsonObject } from '../http/json.ts';

/** A game state as far as a driver looks at it. */
export interface GymState {
  /** Actions since /initialize. */
  readonly stepNumber: number;
  /** PNG as base64; empty when there is none. */
  readonly screenshot: string;
}

export type ActionAnswer =
  | { readonly kind: 'state'; readonly state: GymState }
  /** Nothing of the action ran: the server says so. */
  | { readonly kind: 'refused'; readonly why: string }
  /** There is no game: it was stopped, has timed out, or the server was started anew. Nothing ran. */
  | { readonly kind: 'no_game'; readonly why: string }
  /** No answer that says what ran. */
  | { readonly kind: 'unclear'; readonly why: string };

export function readAction({ status, text }: Extract<Exchanged, { kind: 'answer' }>): ActionAnswer {
  const why = excerpt(status, text);
  if (/not initialized/i.test(text) && (status === 400 || status === 500)) return { kind: 'no_game', why };
  // Its client errors come as a 500 with the 400 in the text.
  if (status === 500 && /:\s*4\d\d:/.test(text)) return { kind: 'refused', why };
  if (isRefusal(status)) return { kind: 'refused', why };
  if (status !== 200) return { kind: 'unclear', why };
  const body = jsonObject(text);
  const stepNumber = body?.['step_number'];
  if (body === undefined || typeof stepNumber !== 'number') return { kind: 'unclear', why };
  if (body['location'] === 'SESSION_TIMEOUT')
    return { kind: 'no_game', why: 'the session of the server is over' };
  const screenshot = body['screenshot_base64'];
  return {
    kind: 'state',
    state: { stepNumber, screenshot: typeof screenshot === 'string' ? screenshot : '' },
  };
}

export type Status =
  | { readonly kind: 'running'; readonly steps: number }
  | { readonly kind: 'no_game' }
  /** No answer of this server. */
  | { readonly kind: 'unclear' };

export function readStatus(exchanged: Exchanged): Status {
  if (exchanged.kind !== 'answer' || exchanged.status !== 200) return { kind: 'unclear' };
  const body = jsonObject(exchanged.text);
  if (body?.['status'] === 'not_initialized') return { kind: 'no_game' };
  const steps = body?.['steps_taken'];
  return typeof steps === 'number' ? { kind: 'running', steps } : { kind: 'unclear' };
}

const WIDTH = 160;
const HEIGHT = 144;

/** 160x144 pixels of RGB888 from a screenshot of that size or a multiple of it; undefined when it is none. */
export function readPicture(screenshot: string): Uint8Array | undefined {
  if (screenshot === '') return undefined;
  try {
    const { width, height, channels, depth, data } = decode(Buffer.from(screenshot, 'base64'));
    const scale = width / WIDTH;
    if (!Number.isInteger(scale) || height !== HEIGHT * scale || depth !== 8 || channels < 3)
      return undefined;
    const picture = new Uint8Array(WIDTH * HEIGHT * 3);
    for (let y = 0, to = 0; y < HEIGHT; y += 1) {
      for (let x = 0; x < WIDTH; x += 1, to += 3) {
        const from = (y * scale * width + x * scale) * channels;
        for (let color = 0; color < 3; color += 1) picture[to + color] = data[from + color] ?? 0;
      }
    }
    return picture;
  } catch {
    return undefined;
  }
}

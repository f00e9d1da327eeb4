/** Between Node's HTTP and the web's: the MCP library speaks in `Request` and `Response`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpProblem } from '../http/problem.ts';

export interface SentBody {
  readonly ok: true;
  readonly text: string;
}

/** The whole body, or why it is not taken. */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<SentBody | { readonly ok: false; readonly problem: HttpProblem }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) continue;
      bytes += chunk.length;
      if (bytes > maxBytes) return { ok: false, problem: tooLarge(maxBytes) };
      chunks.push(chunk);
    }
  } catch {
    return { ok: false, problem: BROKEN_OFF };
  }
  return { ok: true, text: Buffer.concat(chunks).toString('utf8') };
}

export function webRequest(request: IncomingMessage, text: string): Request {
  const { method = 'GET', url = '/', rawHeaders } = request;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  }
  const body = method === 'POST' ? { body: text } : {};
  return new Request(new URL(url, 'http://localhost'), { method, headers, ...body });
}

/** Sends status, headers and body; a stream until either side ends it. */
export async function sendResponse(
  answer: Response,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  const reader = answer.body?.getReader();
  if (reader === undefined) {
    response.end();
    return;
  }
  response.flushHeaders();
  const gone = () => void reader.cancel().catch(() => undefined);
  response.once('close', gone);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!response.write(next.value)) await drained(response);
  }
  response.off('close', gone);
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

const BROKEN_OFF: HttpProblem = { status: 400, code: 'broken_off', message: 'the request broke off' };

function tooLarge(maxBytes: number): HttpProblem {
  const allowed = `at most ${maxBytes} bytes (maxMessageBytes)`;
  return { status: 413, code: 'too_large', message: 'the body is too large', allowed };
}

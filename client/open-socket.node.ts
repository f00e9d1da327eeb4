/** Opens a WebSocket in Node with `ws`. Chosen by `#open-socket` in package.json. */
import type { IncomingMessage } from 'node:http';
import type { Socket as NetSocket } from 'node:net';
import WebSocket, { type PerMessageDeflateOptions } from 'ws';
import type { OpenSocket, SocketClose } from './socket.ts';

/** Most bytes of an HTTP refusal that are worth showing. */
const MAX_REFUSAL_BYTES = 500;

/**
 * For lines of some Mbit/s. From this size on groups and scripts gain by it (docs/operations.md, "Compression"); each message by itself, so that
 * nothing of what went before is kept.
 */
const DEFLATE: PerMessageDeflateOptions = {
  threshold: 512,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { level: 1 },
};

export const openSocket: OpenSocket = (url, protocol, events, compression = false) => {
  const socket = new WebSocket(url, protocol, { perMessageDeflate: compression && DEFLATE });
  let line: NetSocket | undefined;
  let failure: Partial<SocketClose> = {};
  let silent = false;
  socket.binaryType = 'nodebuffer';
  socket.on('upgrade', (response) => {
    line = response.socket;
    line.setNoDelay(true);
  });
  socket.on('open', () => events.opened());
  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) return;
    events.message(isBinary ? data : data.toString('utf8'));
  });
  socket.on('error', (error) => {
    failure = { reason: error.message === '' ? String(error) : error.message, cause: error, ...failure };
  });
  socket.on('unexpected-response', (_request, response) => {
    void refusal(response).then((told) => {
      failure = told;
      socket.terminate();
    });
  });
  socket.on('close', (code, reason) => {
    if (!silent) events.closed({ code, reason: reason.toString('utf8'), ...failure });
  });
  return {
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    terminate() {
      silent = true;
      socket.terminate();
    },
    together(write) {
      line?.cork();
      try {
        write();
      } finally {
        line?.uncork();
      }
    },
  };
};

/** An HTTP answer instead of the upgrade: its status and the first words of its body. */
async function refusal(response: IncomingMessage): Promise<Partial<SocketClose>> {
  const status = response.statusCode ?? 0;
  let body = '';
  try {
    response.setEncoding('utf8');
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length >= MAX_REFUSAL_BYTES) break;
    }
  } catch (error) {
    body = `its body broke off: ${String(error)}`;
  }
  const reason = `HTTP ${status} ${response.statusMessage ?? ''}: ${body.slice(0, MAX_REFUSAL_BYTES).trim()}`;
  return { reason, mayReconnect: status >= 500 || status === 429 };
}

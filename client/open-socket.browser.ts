/** Opens the browser's own WebSocket. Chosen by `#open-socket` in package.json. */
import type { OpenSocket } from './socket.ts';

export const openSocket: OpenSocket = (url, protocol, events) => {
  const socket = new WebSocket(url, protocol);
  socket.binaryType = 'arraybuffer';
  let silent = false;
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') events.message(data);
    else if (data instanceof ArrayBuffer) events.message(new Uint8Array(data));
  };
  socket.onclose = ({ code, reason }) => {
    if (!silent) events.closed({ code, reason });
  };
  return {
    send(data) {
      // While it closes a browser complains on the console instead of throwing; what is sent then is lost either way.
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(typeof data === 'string' ? data : Uint8Array.from(data));
      }
    },
    close(code, reason) {
      // A page may only name 1000 and 3000-4999 (WHATWG WebSockets, close()).
      if (code === 1000 || code >= 3000) socket.close(code, reason);
      else socket.close();
    },
    terminate() {
      silent = true;
      socket.close();
    },
    together: (write) => write(),
  };
};

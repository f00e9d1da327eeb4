/** The dialect for each kind of server. */
import type { Hello } from '../../../shared/protocol.ts';
import type { PressShape } from '../frames.ts';
import { colyseusDialect } from './colyseus.ts';
import type { Dialect } from './dialect.ts';
import { bareDialect, gatewayDialect } from './gateway.ts';
import { socketIoDialect, socketIoMsgpackDialect } from './socketio.ts';

/** How to talk to a server. Plain data: it crosses to the generator's process. */
export type Speech =
  | { readonly speaks: 'gateway'; readonly hello: Hello; readonly confirms?: boolean }
  | { readonly speaks: 'echo' | 'acks' | 'socketio' | 'socketio_msgpack' | 'colyseus' };

export function dialectOf(speech: Speech, press: PressShape): Dialect {
  switch (speech.speaks) {
    case 'gateway':
      return gatewayDialect(speech.hello, speech.confirms ?? true, press);
    case 'echo':
    case 'acks':
      return bareDialect(speech.speaks, press);
    case 'socketio':
      return socketIoDialect(press);
    case 'socketio_msgpack':
      return socketIoMsgpackDialect(press);
    case 'colyseus':
      return colyseusDialect(press);
  }
}

/** The WebSocket protocol as an AsyncAPI 3 document, made from the tables that the code itself goes by. */
import { CLOSE_CODES } from '../../shared/close-codes.ts';
import { ENTRY_CODES, REQUEST_ERRORS } from '../../shared/errors.ts';
import {
  CERTAINTIES,
  CLIENT_TYPES,
  ENDPOINT,
  FLUSH_REASONS,
  SERVER_TYPES,
  STATUSES,
  SUBPROTOCOLS,
} from '../../shared/protocol.ts';
import { packageVersion } from '../package.ts';
import { CALL_PARTS, callSchemas } from './calls.ts';
import { channelSchemas } from './channels.ts';
import { CLIENT_MESSAGES, CLIENT_PARTS, type MessageDocument } from './client-messages.ts';
import { eventSchemas } from './events.ts';
import { MESSAGE_PARTS, PLAIN_PARTS } from './parts.ts';
import { SERVER_MESSAGES, SERVER_PARTS } from './server-messages.ts';

const DESCRIPTION = `The wire protocol between clients and a Joywire gateway, version 1. One WebSocket message is one array \`[type, …]\`.

Both subprotocols carry the same arrays. The schemas are those of \`${SUBPROTOCOLS.json}\` (text frames). \`${SUBPROTOCOLS.msgpack}\` (binary
frames, also spoken when none is offered) has numbers where JSON has names of types (\`x-joywire-number\`), statuses, certainties and reasons (\`x-joywire-numbers\`), bin where
JSON has base64, and masks of buttons only.

Unknown trailing fields, keys, events and types of message are to be ignored. The order of messages, what entries, seqs and credit are, and what happens at the end of a connection is in docs/protocol.md.`;

/** Where a gateway is reached. */
export interface DocumentedServer {
  /** With the port, where it is not that of the protocol. */
  readonly host: string;
  readonly protocol: 'ws' | 'wss';
}

/** Of a gateway that is started without a configuration. */
const EXAMPLE: DocumentedServer = { host: '127.0.0.1:8080', protocol: 'ws' };

/** @returns an AsyncAPI 3.0 document, as plain data */
export function asyncApiDocument({ host, protocol }: DocumentedServer = EXAMPLE) {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Joywire',
      version: packageVersion,
      description: DESCRIPTION,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host,
        protocol,
        description:
          'Where this document was asked for; wss where the gateway, or what stands before it, has a certificate',
        security: [{ $ref: '#/components/securitySchemes/token' }],
      },
    },
    channels: {
      session: {
        address: ENDPOINT,
        title: 'One session',
        messages: channelReferences(),
        bindings: { ws: { bindingVersion: '0.1.0', method: 'GET', headers: HANDSHAKE } },
      },
    },
    operations: operations(),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Where the gateway wants one; or as `token` in hello',
        },
      },
      messages: messages(),
      schemas: {
        ...PLAIN_PARTS,
        ...MESSAGE_PARTS,
        ...CLIENT_PARTS,
        ...SERVER_PARTS,
        ...CALL_PARTS,
        ...callSchemas(),
        ...channelSchemas(),
        ...eventSchemas(),
      },
    },
    'x-joywire-numbers': { status: STATUSES, certainty: CERTAINTIES, reason: FLUSH_REASONS },
    'x-joywire-request-errors': REQUEST_ERRORS,
    'x-joywire-entry-codes': ENTRY_CODES,
    'x-joywire-close-codes': CLOSE_CODES,
  };
}

const HANDSHAKE = {
  type: 'object',
  properties: {
    'Sec-WebSocket-Protocol': { enum: Object.values(SUBPROTOCOLS) },
    Authorization: { type: 'string', pattern: '^Bearer ' },
  },
};

const ALL: ReadonlyMap<string, MessageDocument> = new Map<string, MessageDocument>([
  ...Object.entries(CLIENT_MESSAGES),
  ...Object.entries(SERVER_MESSAGES),
]);

function numberOf(name: string): number {
  const types: readonly string[] = name in CLIENT_MESSAGES ? CLIENT_TYPES : SERVER_TYPES;
  return types.indexOf(name);
}

function messages() {
  return Object.fromEntries(
    [...ALL].map(([name, { summary, payload }]) => [
      name,
      { name, title: name, summary, payload, 'x-joywire-number': numberOf(name) },
    ]),
  );
}

function channelReferences() {
  return Object.fromEntries([...ALL.keys()].map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

/** What answers what. */
const REPLIES: Readonly<Record<string, readonly string[]>> = {
  hello: ['welcome', 'error'],
  input: ['ack', 'error'],
  inputs: ['ack', 'error'],
  keys: ['ack', 'error'],
  command: ['ack', 'error'],
  script: ['ack', 'error'],
  subscribe: ['push', 'error'],
  call: ['result', 'error'],
  ping: ['pong'],
};

/** From where the gateway stands: it receives what clients send. */
function operations() {
  const received = Object.entries(CLIENT_MESSAGES).map(([name, { summary }]) => [
    `receive_${name}`,
    { action: 'receive', ...operation(name, summary), ...reply(REPLIES[name]) },
  ]);
  const sent = Object.entries(SERVER_MESSAGES).map(([name, { summary }]) => [
    `send_${name}`,
    { action: 'send', ...operation(name, summary) },
  ]);
  return Object.fromEntries([...received, ...sent]);
}

function operation(name: string, summary: string) {
  return { channel: SESSION, summary, messages: [messageOf(name)] };
}

function reply(names: readonly string[] | undefined) {
  return names === undefined ? {} : { reply: { channel: SESSION, messages: names.map(messageOf) } };
}

const SESSION = { $ref: '#/channels/session' };

function messageOf(name: string) {
  return { $ref: `#/channels/session/messages/${name}` };
}

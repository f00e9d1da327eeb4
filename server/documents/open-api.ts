/** The HTTP surface as an OpenAPI 3.1 document. */
import { ENDPOINT, SUBPROTOCOLS } from '../../shared/protocol.ts';
import { packageVersion } from '../package.ts';
import { compatPaths, compatSchemas } from './open-api-compat.ts';
import { operation } from './operations.ts';
import { PLAIN_PARTS } from './parts.ts';
import { problemResponses, problemSchemas } from './problems.ts';
import { list, map, matching, ref, type Schema, string } from './schema.ts';

const DESCRIPTION = `What a Joywire gateway answers over HTTP. Playing goes over the WebSocket at \`${ENDPOINT}\`, whose messages are in \`/asyncapi.json\`.

Paths that can be read answer HEAD too. Any other path gets 404 \`not_found\`, any other method 405. Refusals are \`{"error": {"code", "message", "allowed"?}}\`, except
what \`/mcp\` finds wrong with a message of MCP itself (400, 406, 409, 415): that is a JSON-RPC error.
A token, where the gateway wants one, is presented as \`Authorization: Bearer …\`; \`x-joywire-role\` says what it must allow. The paths tagged \`compatibility\` are on ports of their own, and have errors of their own.`;

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain';

/** @returns an OpenAPI 3.1 document, as plain data */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Joywire',
      version: packageVersion,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The gateway' }],
    tags: [
      { name: 'health', description: 'For whoever runs it' },
      { name: 'games', description: 'What can be played, and who plays' },
      { name: 'play', description: 'Where one plays' },
      { name: 'documents', description: 'Descriptions for programs' },
      { name: 'compatibility', description: 'Stands in for other emulator servers, on ports of its own' },
    ],
    paths: { ...healthPaths, ...gamePaths, ...playPaths, ...documentPaths, ...compatPaths() },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { ...PLAIN_PARTS, ...problemSchemas(), ...compatSchemas },
      responses: problemResponses(),
    },
  };
}

const healthPaths = {
  '/livez': {
    get: operation({
      id: 'livez',
      tag: 'health',
      summary: 'Whether the process lives',
      answers: { 200: { description: 'It does', type: TEXT_TYPE } },
    }),
  },
  '/readyz': {
    get: operation({
      id: 'readyz',
      tag: 'health',
      summary: 'Whether new sessions are taken',
      answers: {
        200: { description: 'They are', type: TEXT_TYPE },
        503: { description: 'The gateway stops', type: TEXT_TYPE },
      },
    }),
  },
  '/metrics': {
    get: operation({
      id: 'metrics',
      tag: 'health',
      role: 'watch',
      summary: 'Figures for Prometheus',
      answers: { 200: { description: 'Prometheus text format', type: TEXT_TYPE } },
    }),
  },
};

const gamePaths = {
  '/emulators': reading('emulators', 'watch', 'Every emulator', ref('EmulatorListing')),
  '/roms': reading('roms', 'watch', 'The ROMs that a session may ask for', ref('Rom')),
  '/sessions': reading('sessions', 'admin', 'Every session', ref('SessionListing')),
  '/sessions/{id}': {
    delete: operation({
      id: 'endSession',
      tag: 'games',
      role: 'admin',
      summary: 'Ends a session and frees its emulator',
      parameters: [{ name: 'id', in: 'path', required: true, schema: matching(/^[\w-]+$/) }],
      answers: { 200: { description: 'It ends', type: JSON_TYPE, schema: map({ session: string }) } },
      refused: [404],
    }),
  },
};

/** A list under its own name. */
function reading(name: string, role: 'watch' | 'admin', summary: string, item: Schema) {
  const schema = map({ [name]: list(item) });
  const answers = { 200: { description: 'The list', type: JSON_TYPE, schema } };
  return { get: operation({ id: name, tag: 'games', role, summary, answers }) };
}

const mcpSession = {
  name: 'Mcp-Session-Id',
  in: 'header',
  required: true,
  schema: string,
};
const EVENTS_TYPE = 'text/event-stream';
const RPC: Schema = { type: 'object', description: 'JSON-RPC 2.0' };

const playPaths = {
  '/': {
    get: operation({
      id: 'page',
      tag: 'play',
      summary: 'The page to play and watch on, where it was built',
      answers: { 200: { description: 'The page', type: 'text/html' } },
      refused: [404],
    }),
  },
  '/assets/{file}': {
    get: operation({
      id: 'asset',
      tag: 'play',
      summary: 'A file of the page',
      parameters: [{ name: 'file', in: 'path', required: true, schema: string }],
      answers: { 200: { description: 'The file', type: '*/*' } },
      refused: [404],
    }),
  },
  [ENDPOINT]: {
    get: operation({
      id: 'webSocket',
      tag: 'play',
      summary: 'The WebSocket handshake; see /asyncapi.json',
      description:
        'A token may come in the header or, later, in `hello`: that is why a missing one is not refused here.',
      role: 'watch',
      parameters: [
        { name: 'Sec-WebSocket-Protocol', in: 'header', schema: { enum: Object.values(SUBPROTOCOLS) } },
      ],
      answers: { 101: { description: 'The connection is a WebSocket' } },
      refused: [426],
    }),
  },
  '/mcp': {
    post: operation({
      id: 'mcpSend',
      tag: 'play',
      role: 'watch',
      summary: 'A message of MCP (streamable HTTP); `initialize` without a session id opens a session',
      parameters: [{ ...mcpSession, required: false }],
      request: { [JSON_TYPE]: RPC },
      answers: {
        200: { description: 'The answer, as a stream of events', type: EVENTS_TYPE },
        202: { description: 'Taken: there is nothing to answer' },
        400: { description: 'No message of MCP, or no session', type: JSON_TYPE, schema: RPC },
        406: { description: '`Accept` must name JSON and event streams', type: JSON_TYPE, schema: RPC },
        415: { description: 'Only JSON is taken', type: JSON_TYPE, schema: RPC },
      },
      refused: [404, 413],
    }),
    get: operation({
      id: 'mcpListen',
      tag: 'play',
      role: 'watch',
      summary: 'What the gateway tells an MCP session by itself, as a stream',
      parameters: [mcpSession],
      answers: {
        200: { description: 'A stream of events', type: EVENTS_TYPE },
        400: { description: 'No session', type: JSON_TYPE, schema: RPC },
        406: { description: '`Accept` must name event streams', type: JSON_TYPE, schema: RPC },
        409: { description: 'The session has such a stream already', type: JSON_TYPE, schema: RPC },
      },
      refused: [404],
    }),
    delete: operation({
      id: 'mcpEnd',
      tag: 'play',
      role: 'watch',
      summary: 'Ends an MCP session and gives its game back',
      parameters: [mcpSession],
      answers: {
        200: { description: 'It has ended' },
        400: { description: 'No session', type: JSON_TYPE, schema: RPC },
      },
      refused: [404],
    }),
  },
};

const documentPaths = {
  '/asyncapi.json': document('asyncApi', 'The WebSocket protocol, as AsyncAPI 3'),
  '/openapi.json': document('openApi', 'This document'),
};

function document(id: string, summary: string) {
  const schema: Schema = { type: 'object' };
  const answers = { 200: { description: 'The document', type: JSON_TYPE, schema } };
  return { get: operation({ id, tag: 'documents', summary, answers }) };
}

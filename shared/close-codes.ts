/**
 * Close codes: the connection ends. Standard codes keep their meaning (RFC 6455 section 7.4.1 and the IANA registry);
 * ours are 4000-4499 "reconnect and resume" and 4500-4999 "do not reconnect".
 */

export const CLOSE_CODES = {
  normal: { code: 1000, reconnect: false, meaning: 'the session said bye and everything is acked' },
  going_away: { code: 1001, reconnect: true, meaning: 'the other side is leaving' },
  unsupported_data: {
    code: 1003,
    reconnect: false,
    meaning: 'text on the msgpack subprotocol, or binary on the JSON one',
  },
  invalid_payload: {
    code: 1007,
    reconnect: false,
    meaning: 'the bytes are not one message of the negotiated encoding',
  },
  message_too_big: { code: 1009, reconnect: false, meaning: 'the message is larger than the gateway takes' },
  internal_error: { code: 1011, reconnect: true, meaning: 'a fault of the gateway' },
  service_restart: {
    code: 1012,
    reconnect: true,
    meaning: 'the gateway is stopping',
  },
  try_again_later: { code: 1013, reconnect: true, meaning: 'every emulator is taken, or memory is short' },
  keepalive_timeout: { code: 4000, reconnect: true, meaning: 'nothing came back within the keepalive time' },
  handshake_timeout: { code: 4001, reconnect: true, meaning: 'no hello came in time' },
  slow_consumer: { code: 4002, reconnect: true, meaning: 'the client reads too slowly for its acks' },
  rate_limited: {
    code: 4003,
    reconnect: true,
    meaning: 'the client went on faster than it may, after it had been told',
  },
  hello_expected: {
    code: 4500,
    reconnect: false,
    meaning: 'the first message must be hello, and only the first',
  },
  unauthorized: { code: 4501, reconnect: false, meaning: 'the token is missing or wrong' },
  resume_refused: { code: 4502, reconnect: false, meaning: 'the session cannot be resumed' },
  taken_over: { code: 4503, reconnect: false, meaning: 'another connection resumed this session' },
  kicked: { code: 4505, reconnect: false, meaning: 'an admin ended the connection' },
  hello_refused: {
    code: 4504,
    reconnect: false,
    meaning: 'the hello asks for what this gateway does not have',
  },
} as const satisfies Readonly<Record<string, { code: number; reconnect: boolean; meaning: string }>>;

export type CloseName = keyof typeof CLOSE_CODES;

const BY_CODE = new Map<number, boolean>(
  Object.values(CLOSE_CODES).map(({ code, reconnect }) => [code, reconnect]),
);

/** Whether a client may reconnect after a close with this code; codes that neither side knows follow their range. */
export function mayReconnect(code: number): boolean {
  return BY_CODE.get(code) ?? !(code >= 4500 && code <= 4999);
}

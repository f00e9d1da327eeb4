/**
 * The library's transport, which ends the stream of a cancelled call too: nothing answers such a call (MCP, "Cancellation"), and the library waits for
 * an answer before it ends a stream.
 */
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type MessageExtraInfo,
  type RequestId,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';

/** The calls that came in one POST, and are answered in one stream. */
interface Post {
  readonly unanswered: Set<RequestId>;
  readonly cancelled: Set<RequestId>;
}

export class McpTransport extends WebStandardStreamableHTTPServerTransport {
  /** Of every call without an answer: what it came with. */
  readonly #posts = new Map<RequestId, Post>();
  readonly #byRequest = new WeakMap<Request, Post>();

  /** To be called once a server is connected, which takes the messages. */
  followCancellations(): void {
    const passOn = this.onmessage;
    this.onmessage = (message: JSONRPCMessage, extra?: MessageExtraInfo) => {
      if (isJSONRPCRequest(message) && extra?.request !== undefined) this.#came(message.id, extra.request);
      passOn?.(message, extra);
      const id = cancelledBy(message);
      if (id !== undefined) void this.#cancelled(id);
    };
  }

  override async send(message: JSONRPCMessage, options?: { relatedRequestId?: RequestId }): Promise<void> {
    await super.send(message, options);
    if (!isJSONRPCResultResponse(message) && !isJSONRPCErrorResponse(message)) return;
    if (message.id !== undefined) await this.#over(message.id);
  }

  #came(id: RequestId, request: Request): void {
    const post = this.#byRequest.get(request) ?? { unanswered: new Set(), cancelled: new Set() };
    this.#byRequest.set(request, post);
    post.unanswered.add(id);
    this.#posts.set(id, post);
  }

  async #cancelled(id: RequestId): Promise<void> {
    this.#posts.get(id)?.cancelled.add(id);
    await this.#over(id);
  }

  /** Ends the stream with the last of its calls, where one of them was cancelled. */
  async #over(id: RequestId): Promise<void> {
    const post = this.#posts.get(id);
    this.#posts.delete(id);
    post?.unanswered.delete(id);
    if (post === undefined || post.unanswered.size > 0) return;
    if (post.cancelled.size > 0) this.closeSSEStream(id);
    // With its stream gone nobody gets this answer: the library forgets the call with it.
    for (const cancelled of post.cancelled) await super.send(unheard(cancelled));
  }
}

function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  if (!isJSONRPCNotification(message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

function unheard(id: RequestId): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code: -32_800, message: 'cancelled' } };
}

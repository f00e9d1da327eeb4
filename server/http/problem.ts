/** A request that is refused before it reaches the gateway, as an HTTP response with a JSON body. */

export interface HttpProblem {
  readonly status: number;
  /** For programs. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** What would have been right. */
  readonly allowed?: string;
  /** Headers that the status calls for. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** `{"error": {"code", "message", "allowed"?}}` */
export function problemBody({ code, message, allowed }: HttpProblem): string {
  return `${JSON.stringify({ error: { code, message, allowed } })}\n`;
}

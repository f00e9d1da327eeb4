/** The gateway's token, if it wants one: kept for this tab only. */

const NAME = 'joywire.token';

export function readToken(): string | undefined {
  try {
    return sessionStorage.getItem(NAME) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(NAME, token);
  } catch {
    // Then it is asked for again after a reload.
  }
}

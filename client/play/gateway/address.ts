/** Where the gateway is: where the page came from. */

/** The address for `connect`: scheme, host and the path that the page lies under. */
export function gatewayAddress({
  protocol,
  host,
  pathname,
}: Pick<Location, 'protocol' | 'host' | 'pathname'>): string {
  const scheme = protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${host}${pathname.replace(/[^/]*$/, '')}`.replace(/\/$/, '');
}

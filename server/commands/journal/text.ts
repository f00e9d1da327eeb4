/** Parts of what the `journal` commands print for people. */

/** What came from a client must not move the cursor, nor take a whole screen. */
export function oneLine(text: string, widest: number): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return clean.length <= widest ? clean : `${clean.slice(0, widest - 1)}…`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `17 B`, `1.5 KiB` */
export function byteText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}

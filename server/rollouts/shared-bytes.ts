/** Bytes that threads can see without a copy each: a thousand runs from one checkpoint hold it once. */

const SHARED = new WeakMap<Uint8Array, Uint8Array>();

/** The same bytes in shared memory; copied there once, as long as `bytes` is held. They must not change. */
export function sharedBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const known = SHARED.get(bytes);
  if (known !== undefined) return known;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  SHARED.set(bytes, shared);
  return shared;
}

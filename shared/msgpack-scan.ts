/**
 * Looks over msgpack bytes before the decoder sees them: depth, lengths and types. The decoder recurses and knows extension
 * types (which can build dates, errors, sets); a gateway wants neither from strangers.
 */

/** Fixed-size types 0xca..0xd3 (floats and integers): bytes that follow the type byte. */
const NUMBER_SIZES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

/**
 * Why the bytes are not exactly one plain msgpack value nested at most `maxDepth` deep, or undefined if they are.
 * Plain means: nil, booleans, numbers, strings, binaries, arrays, and maps whose keys are strings. Takes time linear in the
 * length and no stack.
 */
export function scanMsgpack(bytes: Uint8Array, maxDepth: number): string | undefined {
  const end = bytes.length;
  /** Values still to come in each open array or map, the innermost last; a map counts keys and values. */
  const left: number[] = [];
  /** For each open container, whether it is a map. */
  const inMap: boolean[] = [];
  let at = 0;
  do {
    while (left.length > 0 && left[left.length - 1] === 0) {
      left.pop();
      inMap.pop();
    }
    if (left.length === 0 && at > 0) break;
    if (at >= end) return 'the message ends in the middle of a value';
    const type = bytes[at++] ?? 0;
    const top = left.length - 1;
    const remaining = left[top] ?? 0;
    if (top >= 0) {
      if (inMap[top] === true && remaining % 2 === 0 && !isStringType(type))
        return 'a map key is not a string';
      left[top] = remaining - 1;
    }
    if (type < 0x80 || type >= 0xe0) continue;
    let length = 0;
    let container = 0;
    if (type < 0xa0) {
      length = type & 0x0f;
      container = type < 0x90 ? 2 : 1;
    } else if (type < 0xc0) {
      at += type & 0x1f;
    } else if (type === 0xc0 || type === 0xc2 || type === 0xc3) {
      continue;
    } else if (type >= 0xca && type <= 0xd3) {
      at += NUMBER_SIZES[type - 0xca] ?? 0;
    } else {
      const width = lengthWidth(type);
      if (width === 0) return type === 0xc1 ? 'byte 0xc1 is not msgpack' : 'extension types are not allowed';
      if (at + width > end) return 'the message ends in the middle of a value';
      length = readUint(bytes, at, width);
      at += width;
      if (type >= 0xdc) container = type < 0xde ? 1 : 2;
      else at += length;
    }
    if (at > end) return 'the message ends in the middle of a value';
    if (container > 0) {
      // Every value takes at least a byte, so a length beyond the bytes left is a lie, whatever comes.
      if (length * container > end - at) return 'the message ends in the middle of a value';
      if (left.length >= maxDepth) return `nested deeper than ${maxDepth}`;
      left.push(length * container);
      inMap.push(container === 2);
    }
  } while (at <= end);
  return at === end ? undefined : 'more bytes follow the message';
}

function isStringType(type: number): boolean {
  return (type >= 0xa0 && type <= 0xbf) || (type >= 0xd9 && type <= 0xdb);
}

/** Width of the length field behind a type byte; 0 for types that are not plain. */
function lengthWidth(type: number): number {
  switch (type) {
    case 0xc4: // bin 8
    case 0xd9: // str 8
      return 1;
    case 0xc5: // bin 16
    case 0xda: // str 16
    case 0xdc: // array 16
    case 0xde: // map 16
      return 2;
    case 0xc6: // bin 32
    case 0xdb: // str 32
    case 0xdd: // array 32
    case 0xdf: // map 32
      return 4;
    default:
      return 0;
  }
}

function readUint(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

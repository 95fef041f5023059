const quote = 0x22
const backslash = 0x5c
/** `[` and `{` differ in this bit only, and so do `]` and `}`. */
const brace = 0x20
const opening = 0x7b
const closing = 0x7d

/**
 * How deep a JSON text is nested, without parsing it. Never too low. Exact once it is above `enough`; below, it is the number
 * of openers, strings included, which is much cheaper to know.
 */
export function jsonDepth(json: Uint8Array, enough: number): number {
  const openers = countOpeners(json)
  return openers <= enough ? openers : exactDepth(json)
}

/** At least the number of openers. Four bytes at a time, since this is done for every review. */
function countOpeners(json: Uint8Array): number {
  const { buffer, byteOffset, length } = json
  // A view of words has to begin at a multiple of four.
  const head = -byteOffset & 3
  if (length < head) return countBytes(json, 0, length)
  const words = new Int32Array(buffer, byteOffset + head, (length - head) >> 2)
  let count = countBytes(json, 0, head) + countBytes(json, head + 4 * words.length, length)
  for (let at = 0; at < words.length; at++) {
    const word = ((words[at] as number) | 0x20202020) ^ 0x7b7b7b7b
    // The high bit of every byte that is zero, and at times of the byte above it.
    const zeros = (word - 0x01010101) & ~word & 0x80808080
    if (zeros !== 0) count += ((zeros >>> 7) & 1) + ((zeros >>> 15) & 1) + ((zeros >>> 23) & 1) + (zeros >>> 31)
  }
  return count
}

function countBytes(json: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (((json[at] as number) | brace) === opening) count++
  return count
}

function exactDepth(json: Uint8Array): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number
    if (byte === quote) at = endOfString(json, at)
    else if ((byte | brace) === opening) deepest = Math.max(deepest, ++depth)
    else if ((byte | brace) === closing) depth--
  }
  return deepest
}

function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1
  return at
}

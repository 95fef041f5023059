/**
 * Control characters, halves of characters, line separators and the marks that turn the direction of writing: what a terminal or a
 * reviewer could be fooled with. By their numbers, since V8 takes half a millisecond to look up what \p{…} means.
 */
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u{d800}-\u{dfff}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Text of others, as one line that shows all there is. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\ufffd')
}

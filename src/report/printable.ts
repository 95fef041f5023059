/** Control characters, halves of characters and those that turn the direction of writing: what a terminal or a reviewer could be fooled with. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu

/** Text of others, as one line that shows all there is. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\ufffd')
}

/** The offset of what follows white space, line breaks and comments. */
export function skipBlank(text: string, from: number): number {
  let at = from
  for (;;) {
    const character = text[at]
    if (character === '#') {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end
    } else if (character === ' ' || character === '\n' || character === '\r' || character === '\t') at++
    else return at
  }
}

/** Offsets around lines; `\r\n` and `\n` both end one, and neither belongs to it. */

export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
}

/** The offset of the line break after `at`, or of the text's end. */
export function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline === -1 ? text.length : beforeBreak(text, at, newline + 1)
}

/** `end` without the one line break before it. */
export function beforeBreak(text: string, start: number, end: number): number {
  if (end <= start || text[end - 1] !== '\n') return end
  return end - 1 > start && text[end - 2] === '\r' ? end - 2 : end - 1
}

/** The start of the line after the one that `at` is in; the text's end after the last. */
export function nextLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline === -1 ? text.length : newline + 1
}

export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at)
}

/** The white space that the line of `at` begins with. */
export function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? ''
}

/** Whether nothing but white space stands before `at` on its line. */
export function startsLine(text: string, at: number): boolean {
  return indentAt(text, at).length === columnOf(text, at)
}

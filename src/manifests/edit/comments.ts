import { Lexer } from 'yaml'

/** A comment from its `#` to the end of its line. */
export interface Comment {
  readonly start: number
  readonly text: string
}

/** Marks that the lexer puts between the text's pieces. */
const MARKS = ['\u0002', '\u0018', '\u001f']
const SCALAR_FOLLOWS = '\u001f'

/** All comments of a YAML document. */
export function commentsOf(text: string): Comment[] {
  const comments: Comment[] = []
  if (!text.includes('#')) return comments
  let start = 0
  let previous = ''
  for (const piece of new Lexer().lex(text)) {
    if (piece.startsWith('#') && previous !== SCALAR_FOLLOWS) comments.push({ start, text: piece })
    if (!MARKS.includes(piece)) start += piece.length
    previous = piece
  }
  return comments
}

/** Whether every comment of the one text is in the other, on its own or joined to another. */
export function keepsComments(before: string, after: string): boolean {
  const left = commentsOf(after).map(({ text }) => text)
  return commentsOf(before).every((comment) => left.some((text) => text.includes(comment.text)))
}

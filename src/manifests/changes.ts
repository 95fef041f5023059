import { diffLines } from 'diff'

/** Text that is to stand in place of `before.slice(from, to)`. */
export interface Change {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** What turns one text into another, piece by piece: where a part of a line differs, that part alone. */
export function changesBetween(before: string, after: string): Change[] {
  const changes: Change[] = []
  let at = 0
  let open: { readonly from: number; to: number; text: string } | undefined
  for (const { added, removed, value } of diffLines(before, after)) {
    if (!added && !removed) {
      if (open) changes.push(narrowed(before, open))
      open = undefined
    } else {
      open ??= { from: at, to: at, text: '' }
      if (added) open.text += value
      else open.to += value.length
    }
    if (!added) at += value.length
  }
  return open ? [...changes, narrowed(before, open)] : changes
}

/** Without what the old and the new text begin and end with alike, but whole words. */
function narrowed(before: string, { from, to, text }: Change): Change {
  const old = before.slice(from, to)
  const most = Math.min(old.length, text.length)
  let head = 0
  while (head < most && old[head] === text[head]) head++
  while (isWord(text.charAt(head - 1))) head--
  let tail = 0
  while (tail < most - head && old.at(-1 - tail) === text.at(-1 - tail)) tail++
  while (tail > 0 && isWord(text.charAt(text.length - tail))) tail--
  return { from: from + head, to: to - tail, text: text.slice(head, text.length - tail) }
}

function isWord(character: string): boolean {
  return /[^\s:,[\]{}]/.test(character)
}

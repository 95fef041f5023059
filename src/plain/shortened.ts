/**
 * A sentence within so many characters. What follows its last semicolon is what to do, so that stays and the middle goes, unless
 * hardly anything would be left of the rest.
 */
export function shortened(sentence: string, room: number): string {
  if (sentence.length <= room) return sentence
  const remedy = /;[^;]*$/.exec(sentence)?.[0] ?? ''
  const left = room - remedy.length - 3
  return left < room / 4 ? `${sentence.slice(0, room - 3)}...` : `${sentence.slice(0, left)}...${remedy}`
}

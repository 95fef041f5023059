import { writeSync } from 'node:fs'
import { isTerminal } from './terminal.ts'

/** One line on a terminal that tells how far a long run is; a short run shows none, and none is there at the end. */
export interface Progress {
  readonly show: (text: string) => void
  readonly end: () => void
}

const patience = 500
const pause = 100
const clear = '\r\u001b[K'
const longest = 78

/** On stderr, unless that is no terminal. Times are milliseconds. */
export function progressLine(isQuiet: boolean): Progress {
  let next = performance.now() + patience
  let isShown: boolean | undefined
  const show = (text: string): void => {
    const now = performance.now()
    if (isQuiet || now < next) return
    next = now + pause
    isShown ??= isTerminal(2)
    if (isShown) writeSync(2, `${clear}${text.slice(0, longest)}`)
  }
  const end = (): void => {
    if (isShown === true) writeSync(2, clear)
  }
  return { show, end }
}

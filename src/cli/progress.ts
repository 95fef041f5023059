import { printable } from '../report/printable.ts'
import { listen, tidyOnInterrupt } from './interrupt.ts'
import { write } from './output.ts'
import { isTerminal } from './terminal.ts'

/** One line on a terminal that tells how far a long run is; a short run shows none, and none is there at the end, nor after Ctrl-C. */
export interface Progress {
  /** To be awaited by who does nothing but compute: Ctrl-C is only heard in between. */
  readonly show: (text: string) => Promise<void> | undefined
  readonly end: () => void
}

const patience = 500
const pause = 100
const clear = '\r\u001b[K'
const longest = 78

/** On stderr, unless that is no terminal. Times are milliseconds, by `Date`: Node takes one to load `performance`. */
export function progressLine(isQuiet: boolean): Progress {
  let next = Date.now() + patience
  let isShown: boolean | undefined
  let takeBack = (): void => undefined
  const wipe = (): void => write(2, clear)
  const end = (): void => {
    if (isShown === true) wipe()
    takeBack()
  }
  const show = (text: string): Promise<void> | undefined => {
    const now = Date.now()
    if (isQuiet || now < next) return undefined
    next = now + pause
    if (isShown === undefined) {
      isShown = isTerminal(2)
      if (isShown) takeBack = tidyOnInterrupt(wipe)
    }
    if (!isShown) return undefined
    write(2, `${clear}${printable(text).slice(0, longest)}`)
    return listen()
  }
  return { show, end }
}

export interface Deadline {
  /** On the clock of `performance.now()`. */
  readonly at: number
  readonly onPassed: () => void
}

/** Calls whoever is not forgotten in time. */
export interface Deadlines {
  watch(at: number, onPassed: () => void): Deadline
  forget(deadline: Deadline): void
}

const sweepMilliseconds = 100

/** One timer for all, running while there is something to watch: a timer for each review would cost more than its deadline is worth. */
export function createDeadlines(): Deadlines {
  const open = new Set<Deadline>()
  let isArmed = false
  const sweep = (): void => {
    const now = performance.now()
    for (const deadline of open) {
      if (deadline.at > now) continue
      open.delete(deadline)
      deadline.onPassed()
    }
    isArmed = false
    arm()
  }
  const arm = (): void => {
    if (isArmed || open.size === 0) return
    isArmed = true
    // A turn of the loop later, since a blocked loop runs its timers before it reads what has arrived meanwhile.
    setTimeout(() => setImmediate(sweep), sweepMilliseconds)
  }
  return {
    watch(at, onPassed) {
      const deadline = { at, onPassed }
      open.add(deadline)
      arm()
      return deadline
    },
    forget: (deadline) => {
      open.delete(deadline)
    },
  }
}

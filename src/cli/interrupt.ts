const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Has something tidied up before Ctrl-C ends the program, which it does by the signal itself, so that the shell knows. Answers with what
 * takes that back. Meanwhile a signal is only heard where the program waits: see `listen`.
 */
export function tidyOnInterrupt(tidy: () => void): () => void {
  const heard = (signal: NodeJS.Signals): void => {
    takeBack()
    tidy()
    process.kill(process.pid, signal)
  }
  const takeBack = (): void => {
    for (const signal of signals) process.off(signal, heard)
  }
  for (const signal of signals) process.on(signal, heard)
  return takeBack
}

/** Lets the signals be heard that came while the program did nothing but compute. */
export function listen(): Promise<void> {
  return new Promise((heard) => setImmediate(heard))
}

import { mkdir, rm, stat, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Progress and warnings for the person who waits: stderr, as stdout belongs to the tests' results. */
export const say = (text: string): boolean => process.stderr.write(`test/cluster: ${text}\n`)

/** Runs `work` while holding the directory `lock`. It only saves work: two holders would each build whole binaries. */
export async function locked(lock: string, staleAfter: number, work: (lock: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(lock), { recursive: true })
  while (!(await acquire(lock))) {
    say(`waiting for another process that builds (${lock})`)
    await released(lock, staleAfter)
  }
  const start = Date.now()
  const heartbeat = setInterval(() => {
    utimes(lock, new Date(), new Date()).catch(() => say('another process took the lock over'))
    say(`still building, ${Math.round((Date.now() - start) / 1000)} s`)
  }, 15_000)
  try {
    await work(lock)
  } finally {
    clearInterval(heartbeat)
    await rm(lock, { recursive: true, force: true })
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await mkdir(lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Waits until `lock` is gone; removes it when its time stands still, since then its holder was killed.
 * Compares no clocks, so a suspended machine or another clock is no trap.
 */
async function released(lock: string, staleAfter: number): Promise<void> {
  let touched = -1
  let since = performance.now()
  for (;;) {
    const now = (await stat(lock).catch(() => undefined))?.mtimeMs
    if (now === undefined) return
    if (now !== touched) [touched, since] = [now, performance.now()]
    else if (performance.now() - since > staleAfter) return rm(lock, { recursive: true, force: true })
    await sleep(Math.min(500, staleAfter))
  }
}

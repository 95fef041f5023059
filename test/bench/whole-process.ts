import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** What a whole process took: seconds on the clock and of the processors, and its peak of resident memory in MB. */
export interface Usage {
  readonly wall: number
  readonly cpu: number
  readonly peak: number
}

const ticksPerSecond = 100
const everyMilliseconds = 4

/** Runs it with its output thrown away. What Linux counts for it is read while it runs, so the last few milliseconds are missing. */
export async function usageOf(command: string, args: readonly string[], cwd: string): Promise<Usage> {
  const start = performance.now()
  const child = spawn(command, args, { cwd, stdio: 'ignore' })
  const seen = { cpu: 0, peak: 0 }
  const look = (): void => {
    try {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      seen.cpu = Math.max(seen.cpu, (Number(fields[11]) + Number(fields[12])) / ticksPerSecond)
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      seen.peak = Math.max(seen.peak, Number(peak ?? 0) / 1024)
    } catch {
      // It has ended, or this is no Linux.
    }
  }
  const timer = setInterval(look, everyMilliseconds)
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearInterval(timer)
  if (signal !== null || code === null || code > 3) throw new Error(`${command} ended with ${signal ?? code}`)
  return { wall: (performance.now() - start) / 1000, ...seen }
}

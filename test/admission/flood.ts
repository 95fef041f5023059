import { Agent } from 'node:https'
import { parentPort, workerData } from 'node:worker_threads'
import { type Answer, post, type Target } from './review.ts'

export interface FloodResult {
  readonly answers: readonly Answer[]
  /** Statuses of the small reviews that were sent one after another meanwhile. */
  readonly quick: readonly number[]
}

const { target, big, count, small } = workerData as { target: Target; big: string; count: number; small: string }
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const quick: number[] = []
let done = false
const feed = async (): Promise<void> => {
  while (!done) quick.push((await post({ ...target, agent }, small)).status)
}
const feeding = feed()
const answers = await Promise.all(Array.from({ length: count }, () => post(target, big)))
done = true
await feeding
agent.destroy()
parentPort?.postMessage({ answers, quick } satisfies FloodResult)

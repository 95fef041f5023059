import { startLoad } from './load.ts'
import { admitted } from './review.ts'
import { type Server, startServers } from './servers.ts'
import type { Measurement, Row } from './table.ts'

const goal = { of: 'ours', atMost: 110 } as const
const steps = [0, 10_000, 50_000, 100_000]
const body = JSON.stringify(admitted)

/** Resident memory while reviews go on, half of them /mutate. */
export async function run(): Promise<Measurement> {
  const load = startLoad()
  const servers = await startServers()
  const fire = async ({ port }: Server, count: number): Promise<void> => {
    for (const path of ['/mutate', '/validate'] as const) {
      const burst = { port, ca: servers.ca, path, body, answer: '"allowed":true', connections: 16 }
      if (count > 0) await load.fire({ ...burst, requests: count / 2 })
    }
  }
  try {
    const rows: Row[] = []
    let sent = 0
    for (const step of steps) {
      for (const server of [servers.floor, servers.evenkeel]) await fire(server, step - sent)
      sent = step
      const [floor, ours] = [await servers.floor.usage(), await servers.evenkeel.usage()]
      rows.push({ what: `after ${step} reviews`, unit: 'MB', floor: floor.resident, ours: ours.resident, goal })
    }
    return { benchmark: 'memory', about: 'resident memory; floor: a bare node:https server', rows }
  } finally {
    load.stop()
    await servers.stop()
  }
}

import { startLoad } from './load.ts'
import { admitted } from './review.ts'
import { type Server, startServers } from './servers.ts'
import { percentile } from './statistics.ts'
import type { Measurement, Row } from './table.ts'

const requests = 2000
const rounds = 6
const body = JSON.stringify(admitted)

/** Latency of /validate under so many connections that each send as soon as they are answered. */
export async function run(): Promise<Measurement> {
  const load = startLoad()
  const servers = await startServers()
  const fire = ({ port }: Server, connections: number): Promise<readonly number[]> =>
    load.fire({ port, ca: servers.ca, path: '/validate', body, answer: '"allowed":true', connections, requests })
  const measure = async (connections: number): Promise<Row[]> => {
    const floor: number[] = []
    const ours: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const [a, b] = [await fire(servers.floor, connections), await fire(servers.evenkeel, connections)]
      if (round === 0) continue
      floor.push(...a)
      ours.push(...b)
    }
    return [0.5, 0.99].map((share) => ({
      what: `p${share * 100}, ${connections} connection${connections === 1 ? '' : 's'}`,
      unit: 'ms',
      floor: percentile(floor, share),
      ours: percentile(ours, share),
    }))
  }
  try {
    const rows = [...(await measure(1)), ...(await measure(16)), ...(await measure(64))]
    const about = '/validate over TLS, sent as fast as it is answered; floor: a bare node:https server'
    return { benchmark: 'latency', about, rows }
  } finally {
    load.stop()
    await servers.stop()
  }
}

import { type Burst, startLoad } from './load.ts'
import { admitted, wanting } from './review.ts'
import { type Server, startServers } from './servers.ts'
import { median } from './statistics.ts'
import type { Measurement, Row } from './table.ts'

const requests = 1500
const rounds = 15
/**
 * V8 goes on compiling for some ten thousand reviews, and begins again when the first connections retire, after 10 000 reviews on
 * each of four; a webhook runs for weeks.
 */
const warmUp = 75_000

interface Kind {
  readonly what: string
  readonly server?: 'ruleless'
  readonly path: Burst['path']
  readonly review: object
  /** What evenkeel answers. */
  readonly answer: string
  readonly goal?: Row['goal']
}

const goal = { of: 'ratio', atMost: 1.35 } as const

const kinds: readonly Kind[] = [
  { what: '/validate, admitted', path: '/validate', review: admitted, answer: '"allowed":true', goal },
  {
    what: 'of which with a policy without rules',
    server: 'ruleless',
    path: '/validate',
    review: admitted,
    answer: '"allowed":true',
  },
  { what: '/mutate, nothing to fill in', path: '/mutate', review: admitted, answer: '"allowed":true', goal },
  { what: '/validate, denied', path: '/validate', review: wanting, answer: '"allowed":false' },
  { what: '/mutate, patched', path: '/mutate', review: wanting, answer: '"patch":"' },
]

/** CPU of the server process a review, in rounds that alternate between floor and ours. */
export async function run(): Promise<Measurement> {
  const load = startLoad()
  const servers = await startServers()
  const costOf = async (server: Server, kind: Kind, answer: string, requests: number): Promise<number> => {
    const { path, review } = kind
    const body = JSON.stringify(review)
    const before = await server.usage()
    await load.fire({ port: server.port, ca: servers.ca, path, body, answer, connections: 4, requests })
    return ((await server.usage()).cpu - before.cpu) / requests
  }
  const measure = async (kind: Kind): Promise<Row> => {
    const server = servers[kind.server ?? 'evenkeel']
    const floor: number[] = []
    const ours: number[] = []
    await costOf(servers.floor, kind, '"allowed":true', warmUp)
    await costOf(server, kind, kind.answer, warmUp)
    for (let round = 0; round < rounds; round++) {
      floor.push(await costOf(servers.floor, kind, '"allowed":true', requests))
      ours.push(await costOf(server, kind, kind.answer, requests))
    }
    const row = { what: kind.what, unit: 'us', floor: median(floor), ours: median(ours) }
    return kind.goal === undefined ? row : { ...row, goal: kind.goal }
  }
  try {
    const rows: Row[] = []
    for (const kind of kinds) rows.push(await measure(kind))
    return {
      benchmark: 'review-cpu',
      about: 'CPU a review, strict, metrics and log; floor: a bare node:https server that parses the same body',
      rows,
    }
  } finally {
    load.stop()
    await servers.stop()
  }
}

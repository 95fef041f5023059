import { accessModes, sharedClaims } from '../kube/claims.ts'
import { hostname } from '../kube/node-affinity.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Workload } from '../model/workload.ts'
import { exclusiveCapacity, spreadCapacity } from './domains.ts'
import { isOnOneNode, nodesFor } from './nodes.ts'
import { demandsOfQuotas, roomInQuotas } from './quota-room.ts'
import { replicaRange } from './replica-range.ts'
import type { Room } from './room.ts'
import type { Surge } from './surge.ts'
import { antiAffinity, hostPorts, spreads } from './surge-obstacles.ts'

/** `zone` of `topology.kubernetes.io/zone`. */
function placeOf(key: string): string {
  return key === hostname ? 'node' : key.slice(key.lastIndexOf('/') + 1)
}

const unknownNodes = { obstacles: [], unknown: ['which nodes there are is unknown here'] }

function volumeRoom(workload: Workload, { isBesideOld }: Surge, view: ClusterView): Room {
  const claims = sharedClaims(workload).map((claim) => ({
    ...claim,
    modes: accessModes(claim.name, workload.namespace, view),
  }))
  const needs = workload.kind === 'Deployment' ? 'Recreate' : isBesideOld ? 'maxSurge 0' : 'ReadWriteMany'
  // The pods of one node may share a volume that is mounted once.
  const isTogether = isBesideOld || isOnOneNode(workload, view)
  const taken = claims.filter(({ modes: [first, ...others] }) => {
    if (first === undefined || [first, ...others].some((mode) => mode.endsWith('Many'))) return false
    return !isTogether || (first === 'ReadWriteOncePod' && others.length === 0)
  })
  return {
    obstacles: taken.map(({ name, at, modes }) => {
      const message = `claim ${name} is ${modes.join(', ')}: a surge pod cannot have it beside the old one; needs ${needs}`
      return { message, path: at, isVolume: true }
    }),
    unknown: claims.filter(({ modes }) => modes.length === 0).map(({ name }) => `claim ${name} is not in view`),
  }
}

/** Ports of the node and required anti-affinity: one pod a place. */
function exclusiveRoom(workload: Workload, { count, added, isBesideOld }: Surge, view: ClusterView): Room {
  const required = antiAffinity(workload)
  const exclusives = [...hostPorts(workload), ...required.exclusives]
  const unknown = required.isOpen ? ['whether its anti-affinity is about its own pods is unknown here'] : []
  if (exclusives.length === 0) return { obstacles: [], unknown }
  if (isBesideOld) {
    const message = (what: string) => `${what} keeps the new pod off the node of the old one; needs maxSurge 0`
    return { obstacles: exclusives.map(({ what, ...place }) => ({ ...place, message: message(what) })), unknown }
  }
  const nodes = nodesFor(workload, view)
  if (nodes === undefined) return unknownNodes
  const obstacles = exclusives.flatMap(({ what, key, ...place }) => {
    const capacity = exclusiveCapacity(nodes, key)
    const room = `${capacity} for ${count} old and ${added} new`
    const message = `${what} allows 1 pod a ${placeOf(key)}: ${room}; needs ${count + added}`
    return capacity < count + added ? [{ ...place, message }] : []
  })
  return { obstacles, unknown }
}

function spreadRoom(workload: Workload, { count, added }: Surge, view: ClusterView): Room {
  const constraints = spreads(workload)
  if (constraints.length === 0) return { obstacles: [], unknown: [] }
  const eligible = nodesFor(workload, view)
  if (eligible === undefined) return unknownNodes
  const obstacles = constraints.flatMap((spread) => {
    const { key, path, counts } = spread
    const capacity = spreadCapacity(spread, eligible, nodesFor(workload, view, counts) ?? [])
    const message = `spread by ${placeOf(key)} has room for ${capacity} pods, and a rollout has ${count + added}; needs more places`
    return capacity < count + added ? [{ path, message }] : []
  })
  return { obstacles, unknown: [] }
}

/** Room that old pods leave only once they are all gone, or never. */
const always = [volumeRoom, demandsOfQuotas]

/** What is known of the room for a surge. Where the rollout does not wait for new pods, old ones make room for most of what is in short supply. */
export function surgeRoom(workload: Workload, surge: Surge, view: ClusterView): Room {
  const judges = surge.waits ? [...always, exclusiveRoom, spreadRoom, roomInQuotas] : always
  const rooms = judges.map((judge) => judge(workload, surge, view))
  return {
    obstacles: rooms.flatMap(({ obstacles }) => obstacles),
    unknown: [...new Set(rooms.flatMap(({ unknown }) => unknown))],
  }
}

/** Whether a rollout that has to wait for a surge pod would certainly not end, going by what is in view anyway: then no fix may bring it about. */
export function lacksSurgeRoom(workload: Workload, view: ClusterView): boolean {
  if (!workload.canSurge) return false
  const count = Math.max(1, replicaRange(workload, view).max)
  return surgeRoom(workload, { count, added: 1, waits: true, isBesideOld: false }, view).obstacles.length > 0
}

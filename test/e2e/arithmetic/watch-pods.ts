import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createInterface } from 'node:readline'
import type { ControlPlane } from '../../cluster/control-plane.ts'

interface Event {
  readonly type: string
  readonly object: {
    readonly metadata: {
      readonly name: string
      readonly resourceVersion: string
      readonly labels: { readonly app: string }
      readonly deletionTimestamp?: string
    }
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
  }
}

/** Follows every pod of a namespace, by its label `app`; no state of a pod between two samples is missed. */
export interface PodWatch {
  /** Pods that are there and not on their way out. */
  count(app: string): number
  /** Of those, the ready ones. */
  available(app: string): number
  /** The fewest available pods count from now on. */
  reset(app: string): void
  lowest(app: string): number
  stop(): void
}

class Pods {
  readonly ready = new Map<string, boolean>()
  lowest = 0

  get available(): number {
    return [...this.ready.values()].filter(Boolean).length
  }

  take({ type, object: { metadata, status } }: Event): void {
    const isGone = type === 'DELETED' || metadata.deletionTimestamp !== undefined
    if (isGone) this.ready.delete(metadata.name)
    else this.ready.set(metadata.name, isReady(status))
    this.lowest = Math.min(this.lowest, this.available)
  }

  reset(): void {
    this.lowest = this.available
  }
}

function isReady({ conditions = [] }: Event['object']['status']): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** Starts with an empty namespace. An API server that is busy ends watches: they go on where they were. */
export async function watchPods({ server, caFile, token }: ControlPlane, namespace: string): Promise<PodWatch> {
  const byApp = new Map<string, Pods>()
  const pods = (app: string): Pods => {
    const known = byApp.get(app) ?? new Pods()
    byApp.set(app, known)
    return known
  }
  let version = '0'
  let call: ClientRequest | undefined
  let isStopped = false
  const take = (line: string): void => {
    const event = JSON.parse(line) as Event
    if (event.type === 'ERROR') throw new Error(line)
    version = event.object.metadata.resourceVersion
    pods(event.object.metadata.labels.app).take(event)
  }
  const connect = async (): Promise<void> => {
    const path = `/api/v1/namespaces/${namespace}/pods?watch=1&resourceVersion=${version}`
    const headers = { authorization: `Bearer ${token}` }
    call = request(server + path, { ca: readFileSync(caFile), headers }).end()
    const [response] = (await once(call, 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new Error(`watching pods: ${response.statusCode ?? 0}`)
    const lines = createInterface({ input: response })
    lines.on('line', take)
    // Being stopped ends it with an error.
    lines.on('error', () => undefined)
    response.on('close', () => {
      if (!isStopped) void connect()
    })
  }
  await connect()
  return {
    count: (app) => pods(app).ready.size,
    available: (app) => pods(app).available,
    reset: (app) => pods(app).reset(),
    lowest: (app) => pods(app).lowest,
    stop: () => {
      isStopped = true
      call?.destroy()
    },
  }
}

import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createInterface } from 'node:readline'
import type { ControlPlane } from '../../cluster/control-plane.ts'

interface Event {
  readonly type: string
  readonly object: {
    readonly metadata: {
      readonly name: string
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

/** Starts with an empty namespace. */
export async function watchPods({ server, caFile, token }: ControlPlane, namespace: string): Promise<PodWatch> {
  const byApp = new Map<string, Pods>()
  const pods = (app: string): Pods => {
    const known = byApp.get(app) ?? new Pods()
    byApp.set(app, known)
    return known
  }
  const headers = { authorization: `Bearer ${token}` }
  const path = `/api/v1/namespaces/${namespace}/pods?watch=1&allowWatchBookmarks=false&timeoutSeconds=3600`
  const call = request(server + path, { ca: readFileSync(caFile), headers }).end()
  const response = await new Promise<IncomingMessage>((done, fail) => call.once('response', done).once('error', fail))
  if (response.statusCode !== 200) throw new Error(`watching pods: ${response.statusCode ?? 0}`)
  const lines = createInterface({ input: response })
  lines.on('line', (line) => {
    const event = JSON.parse(line) as Event
    if (event.type === 'ERROR') throw new Error(line)
    pods(event.object.metadata.labels.app).take(event)
  })
  // Being stopped ends it with an error.
  lines.on('error', () => undefined)
  return {
    count: (app) => pods(app).ready.size,
    available: (app) => pods(app).available,
    reset: (app) => pods(app).reset(),
    lowest: (app) => pods(app).lowest,
    stop: () => call.destroy(),
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../src/model/object.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import type { Outcome } from '../cluster/processes.ts'
import { careless, deployment, yaml } from './manifests.ts'
import type { Webhook } from './webhook.ts'

const cause = 'kubernetes.io/change-cause'

/** One `kubectl apply` of a hundred; every other one is of a Deployment that must be refused. */
export interface Apply {
  readonly name: string
  /** `failed`: for want of a webhook; `unjudged`: admitted without having been through the webhook; `wrong`: anything else. */
  readonly result: 'admitted' | 'denied' | 'failed' | 'unjudged' | 'wrong'
  /** Relative to the life of the webhook; `edge`: it died or came back meanwhile. */
  readonly when: 'before' | 'gap' | 'after' | 'edge'
  readonly stderr: string
}

const total = 100
/** Applies that must be done before it is killed, before it is started again, and that wait until it is ready again. */
const [killAt, restartAt, waitFrom] = [30, 60, 80]

/**
 * A hundred applies, four at a time, while the webhook is killed and started again. Nothing else is done for its recovery.
 * `unreported` are objects that are there although their apply said otherwise.
 */
export async function applyThroughDeath(
  cluster: ControlPlane,
  namespace: string,
  webhook: Webhook,
): Promise<{ readonly applies: readonly Apply[]; readonly unreported: readonly string[] }> {
  const ended: (Outcome & { readonly name: string; readonly when: Apply['when'] })[] = []
  let state: Apply['when'] = 'before'
  const life = (async () => {
    while (ended.length < killAt) await sleep(5)
    state = 'edge'
    await webhook.end('KILL')
    state = 'gap'
    while (ended.length < restartAt) await sleep(5)
    state = 'edge'
    await webhook.restart()
    state = 'after'
  })()
  let next = 0
  const work = async (): Promise<void> => {
    for (let n = next++; n < total; n = next++) {
      if (n >= waitFrom) await life
      const name = nameOf(n)
      const manifest = yaml(n % 2 === 0 ? deployment({ name }) : careless({ name }))
      const started = state
      const outcome = await cluster.kubectl(['apply', '-f', '-', '-n', namespace], { input: manifest })
      ended.push({ ...outcome, name, when: started === state ? state : 'edge' })
    }
  }
  await Promise.all([life, work(), work(), work(), work()])
  const { body } = await cluster.request('GET', `/apis/apps/v1/namespaces/${namespace}/deployments`)
  const there = new Map((body as { items: KubeObject[] }).items.map(({ metadata }) => [metadata.name ?? '', metadata]))
  const applies = ended.map(({ name, when, code, stderr }): Apply => {
    const isFilled = there.get(name)?.annotations?.[cause] !== undefined
    return { name, when, stderr, result: code === 0 ? admission(name, isFilled) : refusal(name, stderr) }
  })
  const admitted = new Set(ended.filter(({ code }) => code === 0).map(({ name }) => name))
  return { applies, unreported: [...there.keys()].filter((name) => !admitted.has(name)) }
}

const nameOf = (n: number): string => (n % 2 === 0 ? `good-${n}` : `bad-${n}`)

/** The webhook fills in a change-cause and refuses the bad ones: what has passed otherwise has not met it, or only half. */
function admission(name: string, isFilled: boolean): Apply['result'] {
  return isFilled && name.startsWith('good') ? 'admitted' : 'unjudged'
}

function refusal(name: string, stderr: string): Apply['result'] {
  if (/failed calling webhook "(mutate|validate)\.evenkeel\.dev"/.test(stderr)) return 'failed'
  return stderr.includes('would roll out unsafely') && name.startsWith('bad') ? 'denied' : 'wrong'
}

interface Load {
  /** Requests answered so far. */
  count(): number
  /** Ends it; what went wrong, each in a line. */
  stop(): Promise<readonly string[]>
}

/** Creates Deployments, four at a time without a pause, as dry runs: each has to come back filled in. */
export function startLoad({ request }: ControlPlane): Load {
  const path = '/apis/apps/v1/namespaces/default/deployments?dryRun=All'
  const errors: string[] = []
  let count = 0
  let isOver = false
  const create = async (): Promise<void> => {
    const { status, body } = await request('POST', path, deployment({ name: 'load' }))
    const { metadata, message } = body as Partial<KubeObject> & { readonly message?: string }
    if (status !== 201) throw new Error(`${status} ${message ?? ''}`)
    if (metadata?.annotations?.[cause] === undefined) throw new Error('nothing was filled in')
  }
  const work = async (): Promise<void> => {
    while (!isOver) {
      await create().catch((error: unknown) => errors.push(String(error)))
      count++
    }
  }
  const workers = [work(), work(), work(), work()]
  return {
    count: () => count,
    async stop() {
      isOver = true
      await Promise.all(workers)
      return errors
    },
  }
}

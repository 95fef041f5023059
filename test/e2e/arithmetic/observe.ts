import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../../src/model/object.ts'
import type { ControlPlane } from '../../cluster/control-plane.ts'
import { type Case, objectsOf } from './cases.ts'
import { type PodWatch, watchPods } from './watch-pods.ts'

/** What the real controllers did with a case at one replica count. */
export interface Observation {
  readonly count: number
  /** Pods available during a rollout, at the worst moment. */
  readonly lowest: number
  /** Of the budget's status, every pod being healthy. */
  readonly disruptionsAllowed: number
}

export interface Observed {
  readonly one: Case
  /** The objects as the API server keeps them. */
  readonly workload: KubeObject
  readonly others: readonly KubeObject[]
  readonly observations: readonly Observation[]
}

const limit = 180_000

interface Place {
  readonly cluster: ControlPlane
  readonly namespace: string
  readonly watch: PodWatch
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !(await isSo()); await sleep(100))
    if (Date.now() - start > limit) throw new Error(`${what}: not within ${limit / 1000} s`)
}

async function send({ cluster }: Place, method: string, path: string, body?: object): Promise<KubeObject> {
  const { status, body: answer } = await cluster.request(method, path, body)
  if (status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer as KubeObject
}

function paths({ namespace }: Place, { kind, name }: Case) {
  return {
    workload: `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`,
    budget: `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/${name}`,
  }
}

interface BudgetStatus {
  readonly expectedPods?: number
  readonly currentHealthy?: number
  readonly disruptionsAllowed?: number
}

/** The budget's answer once its controller has seen all pods healthy. */
async function allowedAt(place: Place, one: Case, count: number): Promise<number> {
  let status: BudgetStatus = {}
  await until(`${one.name}: budget over ${count} pods`, async () => {
    status = (await send(place, 'GET', paths(place, one).budget))['status'] as BudgetStatus
    return status.expectedPods === count && status.currentHealthy === count
  })
  return status.disruptionsAllowed ?? 0
}

interface WorkloadStatus {
  readonly observedGeneration?: number
  readonly updatedReplicas?: number
  readonly availableReplicas?: number
  readonly replicas?: number
}

/** Rolls the workload out once and tells how few of its pods were available meanwhile. */
async function rollOut(place: Place, one: Case, count: number): Promise<number> {
  place.watch.reset(one.name)
  const annotations = { 'testbed/revision': String(count) }
  const { workload } = paths(place, one)
  const sent = await send(place, 'PATCH', workload, { spec: { template: { metadata: { annotations } } } })
  const { generation = 0 } = sent.metadata as { readonly generation?: number }
  await until(`${one.name}: rollout of ${count} pods`, async () => {
    const status = (await send(place, 'GET', workload))['status'] as WorkloadStatus
    const numbers = [status.updatedReplicas, status.availableReplicas, status.replicas, place.watch.count(one.name)]
    return (status.observedGeneration ?? 0) >= generation && numbers.every((number) => number === count)
  })
  return place.watch.lowest(one.name)
}

async function observeAt(place: Place, one: Case, count: number): Promise<Observation> {
  await send(place, 'PATCH', paths(place, one).workload, { spec: { replicas: count } })
  await until(
    `${one.name}: ${count} pods`,
    () => place.watch.available(one.name) === count && place.watch.count(one.name) === count,
  )
  const disruptionsAllowed = await allowedAt(place, one, count)
  return { count, disruptionsAllowed, lowest: await rollOut(place, one, count) }
}

async function observe(place: Place, one: Case): Promise<Observed> {
  const { namespace } = place
  const { workload, budget, scaler } = objectsOf(one, namespace)
  const collection = (path: string) => path.replace(/\/[^/]+$/, '')
  const { workload: workloadPath, budget: budgetPath } = paths(place, one)
  await send(place, 'POST', collection(workloadPath), workload)
  await send(place, 'POST', collection(budgetPath), budget)
  const scalers = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`
  const others = scaler === undefined ? [] : [await send(place, 'POST', scalers, scaler)]
  const observations: Observation[] = []
  for (const count of one.counts) observations.push(await observeAt(place, one, count))
  const [live, liveBudget] = [await send(place, 'GET', workloadPath), await send(place, 'GET', budgetPath)]
  return { one, workload: live, others: [liveBudget, ...others], observations }
}

/** Runs the cases side by side in a namespace of their own, which is emptied afterwards. */
export async function observeTogether(
  cluster: ControlPlane,
  namespace: string,
  cases: readonly Case[],
): Promise<Observed[]> {
  const { status } = await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  if (status !== 201) throw new Error(`namespace ${namespace}: ${status}`)
  const watch = await watchPods(cluster, namespace)
  const place = { cluster, namespace, watch }
  try {
    return await Promise.all(cases.map((one) => observe(place, one)))
  } finally {
    watch.stop()
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}`)
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { load } from 'js-yaml'
import { bundle } from '../../tools/bundle.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { run as runCommand } from '../cluster/processes.ts'
import { startLoad } from './load.ts'
import { admitted, manifest, wanting } from './review.ts'
import { type Servers, startServers } from './servers.ts'
import { median } from './statistics.ts'
import type { Measurement, Row } from './table.ts'

const rounds = 400
const warmUp = 100

interface Webhook {
  readonly clientConfig: { readonly url: string }
  readonly matchConditions?: readonly object[]
}

interface Configuration {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration'
  readonly metadata: object
  readonly webhooks: readonly [Webhook]
}

/** One namespace each, so that all of them live in one API server. `one` and `conditions`: no-ops behind a single matchCondition and behind ours. */
const namespaces = ['none', 'noop', 'one', 'conditions', 'evenkeel'] as const
type Namespace = (typeof namespaces)[number]

/** What `evenkeel webhook-config` prints. */
async function ourConfigurations({ evenkeel, caFile }: Servers): Promise<Configuration[]> {
  const flags = ['--preset', 'strict', '--url', `https://127.0.0.1:${evenkeel.port}`, '--ca', caFile]
  const { code, stdout, stderr } = await runCommand(process.execPath, [bundle, 'webhook-config', ...flags])
  if (code !== 0) throw new Error(stderr)
  return stdout
    .split(/^---$/m)
    .filter((text) => text.trim() !== '')
    .map((text) => load(text) as Configuration)
}

/** The same configuration for one namespace only, on another server or without conditions. */
function narrowed(configuration: Configuration, namespace: Namespace, servers: Servers): Configuration {
  const { evenkeel } = servers
  const { port } = namespace === 'evenkeel' ? evenkeel : namespace === 'noop' ? servers.floor : servers.conditioned
  const [{ matchConditions = [], clientConfig, ...webhook }] = configuration.webhooks
  const url = clientConfig.url.replace(`:${evenkeel.port}/`, `:${port}/`)
  const always = [{ name: 'always', expression: 'true' }]
  const ofNamespace = { none: [], noop: [], one: always, conditions: matchConditions, evenkeel: matchConditions }
  const expression = { key: 'kubernetes.io/metadata.name', operator: 'In', values: [namespace] }
  const narrow = {
    ...webhook,
    name: `${namespace}.example.com`,
    clientConfig: { ...clientConfig, url },
    namespaceSelector: { matchExpressions: [expression] },
    matchConditions: ofNamespace[namespace],
  }
  return { ...configuration, metadata: { name: namespace }, webhooks: [narrow] }
}

async function created(cluster: ControlPlane, path: string, body: object): Promise<void> {
  const { status, body: answer } = await cluster.request('POST', path, body)
  if (status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(answer)}`)
}

async function register(cluster: ControlPlane, servers: Servers): Promise<void> {
  const ours = await ourConfigurations(servers)
  for (const namespace of namespaces) {
    await created(cluster, '/api/v1/namespaces', { metadata: { name: namespace } })
    if (namespace === 'none') continue
    for (const configuration of ours) {
      const resource = `${configuration.kind.toLowerCase()}s`
      await created(
        cluster,
        `/apis/admissionregistration.k8s.io/v1/${resource}`,
        narrowed(configuration, namespace, servers),
      )
    }
  }
}

/** The API server learns of its webhooks a little later. */
async function untilCalled(cluster: ControlPlane): Promise<void> {
  const refused = { ...wanting.request.object, metadata: { name: 'wanting' } }
  for (const start = performance.now(); performance.now() - start < 30_000; await sleep(100)) {
    const path = '/apis/apps/v1/namespaces/evenkeel/deployments?dryRun=All'
    if ((await cluster.request('POST', path, refused)).status === 403) return
  }
  throw new Error('the API server does not call the webhooks')
}

/** V8 goes on compiling for some ten thousand reviews; a webhook runs for weeks. */
async function warm({ floor, conditioned, evenkeel, ca }: Servers): Promise<void> {
  const load = startLoad()
  const body = JSON.stringify(admitted)
  for (const { port } of [floor, conditioned, evenkeel]) {
    for (const path of ['/mutate', '/validate'] as const)
      await load.fire({ port, ca, path, body, answer: '"allowed":true', connections: 4, requests: 15_000 })
  }
  load.stop()
}

/** Milliseconds that a dry-run create takes. */
async function timeOf(cluster: ControlPlane, namespace: Namespace): Promise<number> {
  const body = { ...manifest, metadata: { ...manifest.metadata, namespace } }
  const start = performance.now()
  await created(cluster, `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`, body)
  return performance.now() - start
}

/** Every namespace once a round, each of them first in turn. */
async function measure(cluster: ControlPlane): Promise<Readonly<Record<Namespace, number>>> {
  const times: Record<Namespace, number[]> = { none: [], noop: [], one: [], conditions: [], evenkeel: [] }
  for (let round = 0; round < warmUp + rounds; round++) {
    for (let n = 0; n < namespaces.length; n++) {
      const namespace = namespaces[(n + round) % namespaces.length] as Namespace
      times[namespace].push(await timeOf(cluster, namespace))
    }
  }
  const typical = (namespace: Namespace): number => median(times[namespace].slice(warmUp))
  return {
    none: typical('none'),
    noop: typical('noop'),
    one: typical('one'),
    conditions: typical('conditions'),
    evenkeel: typical('evenkeel'),
  }
}

/** What both webhooks add to a create. */
export async function run(): Promise<Measurement> {
  const servers = await startServers()
  const cluster = await startControlPlane()
  try {
    await register(cluster, servers)
    await untilCalled(cluster)
    await warm(servers)
    const { none, noop, one, conditions, evenkeel } = await measure(cluster)
    const rows: Row[] = [
      { what: 'a create without webhooks', unit: 'ms', ours: none },
      {
        what: 'added by mutate + validate',
        unit: 'ms',
        floor: noop - none,
        ours: evenkeel - none,
        goal: { of: 'ratio', atMost: 1.35 },
      },
      { what: 'of which a no-op behind the condition true', unit: 'ms', floor: noop - none, ours: one - none },
      { what: 'of which a no-op behind our conditions', unit: 'ms', floor: noop - none, ours: conditions - none },
    ]
    const about = 'dry-run creates through kube-apiserver; floor: a no-op pair of webhooks without conditions'
    return { benchmark: 'api-server', about, rows }
  } finally {
    await cluster.stop()
    await servers.stop()
  }
}

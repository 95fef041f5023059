import type { ControlPlane } from '../cluster/control-plane.ts'
import { deployment } from './manifests.ts'
import { evenkeel, eventually, type Webhook } from './webhook.ts'

/** Applies what `evenkeel webhook-config` prints for a webhook, with further arguments (`--preset strict`). */
export async function configure(cluster: ControlPlane, webhook: Webhook, args: readonly string[]): Promise<void> {
  const target = ['--url', webhook.url, '--ca', webhook.caFile]
  const { code, stdout, stderr } = await evenkeel(['webhook-config', ...target, ...args])
  if (code !== 0) throw new Error(`evenkeel webhook-config: ${stderr}`)
  await cluster.apply(stdout)
}

/** The same, and waits until the API server asks this webhook to mutate and to validate in a namespace that a policy is meant for. */
export async function register(
  cluster: ControlPlane,
  webhook: Webhook,
  args: readonly string[],
  namespace?: string,
): Promise<void> {
  await configure(cluster, webhook, args)
  await eventually('both webhooks are asked', async () => (await askedBy(cluster, webhook, namespace)).every(Boolean))
}

/** Removes both configurations and waits until the webhook is not asked any more. */
export async function unregister(cluster: ControlPlane, webhook: Webhook): Promise<void> {
  const kinds = 'mutatingwebhookconfigurations,validatingwebhookconfigurations'
  await cluster.kubectl(['delete', kinds, '-l', 'app.kubernetes.io/name=evenkeel'])
  await eventually('no webhook is asked', async () => !(await askedBy(cluster, webhook)).some(Boolean))
}

/** Whether a write that leaves nothing behind makes the webhook mutate and validate. */
async function askedBy(cluster: ControlPlane, webhook: Webhook, namespace = 'default'): Promise<readonly boolean[]> {
  const before = await reviews(webhook)
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`
  await cluster.request('POST', path, deployment({ name: 'probe' }))
  const after = await reviews(webhook)
  return after.map((count, index) => count > before[index]!)
}

async function reviews(webhook: Webhook): Promise<readonly number[]> {
  const { body } = await webhook.health('/metrics')
  return ['mutate', 'validate'].map((path) => {
    const counters = body.matchAll(new RegExp(`^evenkeel_admission_requests_total{.*path="${path}".*} (\\d+)$`, 'gm'))
    return [...counters].reduce((sum, [, count]) => sum + Number(count), 0)
  })
}

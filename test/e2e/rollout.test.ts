import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import type { Outcome } from '../cluster/processes.ts'
import { bare, budget, careless, daemonSet, deployment, quarters, statefulSet, yaml } from './manifests.ts'
import { register, unregister } from './registration.ts'
import { asInPod } from './service-account.ts'
import { eventually, startWebhook } from './webhook.ts'

const needsCluster = await clusterOrSkip(t)
const strict = ['--preset', 'strict']
const cause = '.metadata.annotations.kubernetes\\.io/change-cause'
const slow = { 'testbed/ready-after': '1s' }

interface Pod {
  readonly metadata: { readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

async function podsOf({ request }: ControlPlane, app: string): Promise<readonly Pod[]> {
  const { body } = await request('GET', `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`)
  return (body as { items: readonly Pod[] }).items
}

/** Ready and not on its way out: what a Service sends traffic to. */
function isAvailable({ metadata, status }: Pod): boolean {
  const isReady = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
  return isReady === true && metadata.deletionTimestamp === undefined
}

interface Samples {
  readonly available: readonly number[]
  /** Not on their way out, ready or not. */
  readonly all: readonly number[]
}

/** Counts pods every 20 ms while something happens. */
async function podsDuring(cluster: ControlPlane, app: string, happening: () => Promise<void>): Promise<Samples> {
  const available: number[] = []
  const all: number[] = []
  let isOver = false
  const sample = async (): Promise<void> => {
    for (; !isOver; await sleep(20)) {
      const pods = await podsOf(cluster, app)
      available.push(pods.filter(isAvailable).length)
      all.push(pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length)
    }
  }
  const sampler = sample()
  await happening().finally(() => {
    isOver = true
  })
  await sampler
  return { available, all }
}

t.test('rollouts by the real controllers', needsCluster, async (t) => {
  const cluster = await startControlPlane({ nodes: 3 })
  t.teardown(() => cluster.stop())
  const pod = await asInPod(cluster)
  const webhook = await startWebhook([...strict, ...pod.args], { env: pod.env })
  t.teardown(() => webhook.stop())

  const kubectl = (line: string, input = ''): Promise<Outcome> => cluster.kubectl(line.split(' '), { input })
  const succeeds = async (t: Test, line: string, input = ''): Promise<Outcome> => {
    const outcome = await kubectl(line, input)
    t.match(outcome, { code: 0 }, line)
    return outcome
  }
  const rolledOut = (t: Test, name: string) => succeeds(t, `rollout status deployment/${name} --timeout=60s`)
  const get = async (name: string, path: string): Promise<string> =>
    (await kubectl(`get deployment/${name} -o jsonpath={${path}}`)).stdout
  const newImage = (t: Test, name: string) => async (): Promise<void> => {
    await succeeds(t, `set image deployment/${name} app=app:2`)
    await rolledOut(t, name)
  }

  const faulty = { replicas: 2, ...bare }
  const before = [
    deployment({ name: 'back', ...faulty }),
    statefulSet({ name: 'back', ...faulty }),
    daemonSet({ name: 'back', ...faulty }),
  ]
  await t.test('without the webhook, a new image takes pods away before others are ready', async (t) => {
    await succeeds(t, 'apply -f -', yaml(deployment({ name: 'loose', rollingUpdate: quarters, podAnnotations: slow })))
    await succeeds(t, 'apply -f -', yaml(careless({ name: 'old' }), careless({ name: 'older' })))
    for (const manifest of before) await succeeds(t, 'apply -f -', yaml(manifest))
    await rolledOut(t, 'loose')
    const { available: samples } = await podsDuring(cluster, 'loose', newImage(t, 'loose'))
    t.ok(samples.length >= 20, `${samples.length} samples`)
    t.equal(Math.min(...samples), 3, 'a quarter of 4 is gone')
  })

  await register(cluster, webhook, strict)

  await t.test('once admitted, it never has fewer available pods than replicas', async (t) => {
    await succeeds(t, 'apply -f -', yaml(deployment({ name: 'web', podAnnotations: slow })))
    await rolledOut(t, 'web')
    const { available: samples, all } = await podsDuring(cluster, 'web', newImage(t, 'web'))
    t.ok(samples.length >= 20, `${samples.length} samples`)
    t.equal(Math.min(...samples), 4, 'all 4, all the time')
    t.equal(Math.max(...all), 5, 'thanks to one pod more')
    t.equal(await get('web', '.status.updatedReplicas'), '4')
  })

  await t.test('a revision tells all changes that were made during the pause before it, and no others', async (t) => {
    await succeeds(t, 'apply -f -', yaml(deployment({ name: 'held' })))
    await rolledOut(t, 'held')
    for (const changes of [
      ['image deployment/held app=app:2', 'image deployment/held app=app:3'],
      ['image deployment/held app=app:4', 'resources deployment/held --limits=memory=96Mi'],
    ]) {
      await succeeds(t, 'rollout pause deployment/held')
      for (const change of changes) await succeeds(t, `set ${change}`)
      await succeeds(t, 'rollout resume deployment/held')
      await rolledOut(t, 'held')
    }
    const { stdout } = await kubectl('rollout history deployment/held')
    const told = [...stdout.matchAll(/^\d+ +(.*?); by admin/gm)].map(([, what]) => what)
    t.same(told, ['first rollout, image app app:1', 'image app 1 -> 3', 'image app 3 -> 4, app resources'])
  })

  await t.test('kubectl drain empties a node under a budget that lets one pod go', async (t) => {
    await succeeds(t, 'apply -f -', yaml(budget('web', { maxUnavailable: 1 })))
    const node = (await podsOf(cluster, 'web')).find(isAvailable)!.spec.nodeName!
    const { available: samples } = await podsDuring(cluster, 'web', async () => {
      await succeeds(t, `drain ${node} --ignore-daemonsets --pod-selector=app=web --timeout=60s`)
    })
    t.notOk((await podsOf(cluster, 'web')).some(({ spec }) => spec.nodeName === node))
    t.ok(Math.min(...samples) >= 3, 'one pod at a time')
    await succeeds(t, `uncordon ${node}`)
    await rolledOut(t, 'web')
  })

  await t.test('kubectl rollout undo goes back to a revision that was admitted, cause and all', async (t) => {
    const before = await get('web', cause)
    t.match(before, 'image app 1 -> 2')
    const { stderr } = await succeeds(t, 'rollout undo deployment/web')
    t.notMatch(stderr, /^Warning: \[/m, 'no finding')
    await rolledOut(t, 'web')
    t.equal(await get('web', '.spec.template.spec.containers[0].image'), 'app:1')
    t.match(await get('web', cause), 'first rollout')
    const { stdout } = await kubectl('rollout history deployment/web')
    t.match(stdout, /^2 .*image app 1 -> 2.*\n3 .*first rollout/m, 'the same ReplicaSet as before, revision 1 is 3 now')
  })

  await t.test('nor does the cause in an applied manifest hold up an undo or a new image', async (t) => {
    const key = 'kubernetes.io/change-cause'
    const kinds = { deployment, statefulset: statefulSet, daemonset: daemonSet }
    const written = async (t: Test, kind: string): Promise<void> => {
      const name = `${kind}/caused`
      const manifest = kinds[kind as keyof typeof kinds]
      const causeNow = async (): Promise<string> => (await kubectl(`get ${name} -o jsonpath={${cause}}`)).stdout
      const applied = async (image: string, why: string): Promise<void> => {
        const choices = { name: 'caused', replicas: 2, image, annotations: { [key]: why } }
        await succeeds(t, 'apply -f -', yaml(manifest(choices)))
        await succeeds(t, `rollout status ${name} --timeout=60s`)
        t.equal(await causeNow(), why)
      }
      await applied('app:1', 'first')
      await applied('app:2', 'second')
      await succeeds(t, `rollout undo ${name}`)
      // kubectl brings the cause of a Deployment's revision back; of the other kinds it brings the template alone.
      t.equal(await causeNow(), kind === 'deployment' ? 'first' : 'image app 2 -> 1; by admin')
      await succeeds(t, `set image ${name} app=app:3`)
      t.equal(await causeNow(), 'image app 1 -> 3; by admin via kubectl-set')
      await applied('app:2', 'second')
    }
    for (const kind of Object.keys(kinds)) await t.test(kind, (t) => written(t, kind))
  })

  await t.test('a way back passes as it was, though it has faults that the present revision has not', async (t) => {
    const kinds = { deployment, statefulset: statefulSet, daemonset: daemonSet }
    const goesBack = async (t: Test, kind: string): Promise<void> => {
      const template = async (): Promise<unknown> =>
        JSON.parse((await kubectl(`get ${kind}/back -o jsonpath={.spec.template.spec}`)).stdout)
      const first = await template()
      const healthy = kinds[kind as keyof typeof kinds]({ name: 'back', replicas: 2, image: 'app:2' })
      await succeeds(t, 'apply -f -', yaml(healthy))
      await succeeds(t, `rollout status ${kind}/back --timeout=60s`)
      await succeeds(t, `rollout restart ${kind}/back`)
      const { stderr } = await succeeds(t, `rollout undo ${kind}/back --to-revision=1`)
      t.match(stderr, 'Warning: [require-readiness-probe]', 'its faults are told')
      t.strictSame(await template(), first, 'nothing is filled in that the first revision had not')
      await succeeds(t, `rollout status ${kind}/back --timeout=60s`)
    }
    for (const kind of Object.keys(kinds)) await t.test(kind, (t) => goesBack(t, kind))
    const event = cluster
      .auditEvents()
      .findLast(({ verb, objectRef }) => verb === 'patch' && objectRef?.['name'] === 'back')
    t.match(event?.annotations, {
      'validate.evenkeel.dev/change': 'rollback',
      'validate.evenkeel.dev/waived': 'rollback',
      'validate.evenkeel.dev/decision': 'warn',
    })
  })

  await t.test('where it may not read revisions, a way back is judged as any other template', async (t) => {
    await succeeds(t, 'delete clusterrolebinding evenkeel-revisions')
    await succeeds(t, 'set image deployment/old app=app:2')
    const back = await succeeds(t, 'rollout undo deployment/old')
    t.match(back.stderr, 'Warning: [require-readiness-probe]', 'faults of the present revision are no obstacle')
    t.equal(await get('old', '.spec.template.spec.containers[0].image'), 'app:1')
    await succeeds(t, 'apply -f -', yaml(deployment({ name: 'older', image: 'app:2' })))
    await eventually(
      'RBAC has heard of it',
      async () => (await kubectl('rollout undo deployment/older --dry-run=server')).code === 1,
    )
    const { code, stderr } = await kubectl('rollout undo deployment/older')
    t.equal(code, 1, 'faults that the present revision has not are')
    t.match(
      stderr,
      /denied the request: Deployment default\/older would roll out unsafely[^]*\[require-readiness-probe\]/,
    )
    t.match(stderr, 'Warning: evenkeel cannot tell whether this is a rollback: replicasets.apps is forbidden')
    t.match((await webhook.health('/metrics')).body, /^evenkeel_revision_failures_total [1-9]/m)
  })

  await t.test('kubectl drain hangs under the budget that is refused', async (t) => {
    const blocking = yaml(budget('web', { maxUnavailable: 0 }))
    const { code, stderr } = await kubectl('apply -f -', blocking)
    t.equal(code, 1)
    t.match(stderr, /denied the request[^]*\[disallow-blocking-disruption-budget\]/)
    await unregister(cluster, webhook)
    await succeeds(t, 'apply -f -', blocking)
    await succeeds(t, 'wait --for=jsonpath={.status.disruptionsAllowed}=0 pdb/web --timeout=20s')
    const node = (await podsOf(cluster, 'web')).find(isAvailable)!.spec.nodeName!
    const drain = await kubectl(`drain ${node} --ignore-daemonsets --pod-selector=app=web --timeout=8s`)
    t.not(drain.code, 0)
    t.match(drain.stderr, "would violate the pod's disruption budget")
    t.match(drain.stderr, 'global timeout reached')
    t.equal((await podsOf(cluster, 'web')).filter(isAvailable).length, 4, 'and nobody has gone')
  })

  await t.test('the pods of a Job under a budget keep all others from going, unless it counts pods', async (t) => {
    const allows = (count: number) =>
      succeeds(t, `wait --for=jsonpath={.status.disruptionsAllowed}=${count} pdb/web --timeout=20s`)
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'app:1' }] },
    }
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec: { template } }
    await succeeds(t, 'apply -f -', yaml(budget('web', { maxUnavailable: 1 })))
    await allows(1)
    await succeeds(t, 'apply -f -', yaml(job))
    await allows(0)
    await succeeds(t, 'replace -f -', yaml(budget('web', { minAvailable: 3 })))
    await succeeds(t, 'wait --for=jsonpath={.status.conditions[0].status}=True pdb/web --timeout=20s')
  })
})

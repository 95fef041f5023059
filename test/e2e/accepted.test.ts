import fc from 'fast-check'
import t from 'tap'
import { isJudged } from '../../src/cli/judge.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { healthyApplications, healthyWorld } from '../../src/generate/healthy.ts'
import { viewOf, withObject } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import { rules } from '../../src/rules/index.ts'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { asStored, type WrittenWorkload, writtenWorkload } from '../engine/arbitrary-workload.ts'
import { policy, request, strictRows, world } from '../engine/scene.ts'
import { fixturesRoot } from '../rules/read-fixture.ts'
import { rolloutDefinition, yaml } from './manifests.ts'

const needsCluster = await clusterOrSkip(t)

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

async function startWith(namespaces: readonly string[]): Promise<ControlPlane> {
  const cluster = await startControlPlane()
  await cluster.apply(yaml(rolloutDefinition, ...namespaces.map(namespace)))
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd/rollouts.argoproj.io', '--timeout=30s'])
  return cluster
}

/** The objects as the API server would store them; throws where it refuses one, or does not know a field. */
async function storedBy(cluster: ControlPlane, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const stored = await cluster.apply(yaml(...objects), ['--dry-run=server', '--validate=strict', '--output=json'])
  return (JSON.parse(stored) as { readonly items: readonly KubeObject[] }).items
}

t.test(
  'the API server takes every healthy application, and with its defaults it is as healthy',
  needsCluster,
  async (t) => {
    const applications = healthyApplications(fixturesRoot)
    const namespaces = applications.flatMap(({ objects }) =>
      objects.flatMap(({ metadata }) => metadata.namespace ?? []),
    )
    const cluster = await startWith([...new Set(namespaces)])
    t.teardown(() => cluster.stop())
    for (const { file, objects } of applications) {
      const stored = await storedBy(cluster, objects)
      t.equal(stored.length, objects.length, file)
      const user = { username: 'admin', groups: [] }
      const request = { operation: 'CREATE', user, change: 'create' } as const
      const world = { ...healthyWorld(stored, 'strict', rules), defaulted: true, request }
      const wrong = stored
        .filter(isJudged)
        .flatMap((object) =>
          evaluate(object, world).results.flatMap((result) =>
            result.status === 'fail' || result.status === 'error' ? [{ kind: object.kind, ...result }] : [],
          ),
        )
      t.strictSame(wrong, [], file)
    }
  },
)

/** How many workloads: what CI has time for. The whole is a command: WORKLOADS=5000 npm test -- test/e2e/accepted.test.ts; SEED=… repeats one. */
const count = Number(process.env['WORKLOADS'] ?? 200)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const plurals: Readonly<Record<string, string>> = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Rollout: 'rollouts',
}

/** What the API server has against the object, if anything. */
async function refusal(cluster: ControlPlane, object: KubeObject): Promise<string | undefined> {
  const path = `/apis/${object.apiVersion}/namespaces/default/${plurals[object.kind] ?? ''}`
  const { status, body } = await cluster.request('POST', `${path}?dryRun=All&fieldValidation=Strict`, object)
  return status === 201 ? undefined : JSON.stringify(body)
}

/** The workload as `evenkeel fix` and as the webhook leave it. */
function repaired({ object, companions, isComplete }: WrittenWorkload): readonly KubeObject[] {
  const view = viewOf(companions, { everything: isComplete })
  const policies = [policy(strictRows('override'))]
  const offered = fix(object, world(policies, { view: withObject(view, object) }), 'offer')
  const admitted = fix(asStored(object), world(policies, { view, request: request() }), 'admission')
  return [offered.object, admitted.object]
}

t.test(`the API server takes ${count} generated workloads as fixes leave them`, needsCluster, async (t) => {
  const cluster = await startWith([])
  t.teardown(() => cluster.stop())
  const refused: string[] = []
  let taken = 0
  for (const written of fc.sample(writtenWorkload, { seed, numRuns: count })) {
    const why = await refusal(cluster, written.object)
    if (why !== undefined) continue
    taken += 1
    for (const object of repaired(written)) {
      const against = await refusal(cluster, object)
      if (against !== undefined) refused.push(`${against}: ${JSON.stringify(object)}`)
    }
  }
  t.strictSame(refused, [], `seed ${seed}`)
  t.ok(taken > count / 2, `seed ${seed}: ${taken} of ${count} were such as it takes before, too`)
})

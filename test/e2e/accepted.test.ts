import t from 'tap'
import { isJudged } from '../../src/cli/judge.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { healthyApplications, healthyWorld } from '../../src/generate/healthy.ts'
import type { KubeObject } from '../../src/model/object.ts'
import { rules } from '../../src/rules/index.ts'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
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
async function asStored(cluster: ControlPlane, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
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
      const stored = await asStored(cluster, objects)
      t.equal(stored.length, objects.length, file)
      const user = { username: 'admin', groups: [] }
      const request = { operation: 'CREATE', user, change: 'create', dryRun: true } as const
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

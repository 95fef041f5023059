import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { kinds } from '../../src/cli/kinds.ts'
import { resources } from '../../src/kube/resources.ts'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { startControlPlane } from '../cluster/control-plane.ts'
import { deployment, yaml } from './manifests.ts'
import { evenkeel } from './webhook.ts'

const needsCluster = await clusterOrSkip(t)

const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { maxReplicas: 40, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
}

const allButAutoscalers = kinds.flatMap((kind) => {
  const { plural = '' } = resources[kind] ?? {}
  return plural === 'horizontalpodautoscalers' ? [] : [plural]
})
const access = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'no-autoscalers' } }
const rules = [{ apiGroups: ['', 'apps', 'batch', 'policy'], resources: allButAutoscalers, verbs: ['list'] }]
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'no-autoscalers' }
const subjects = [{ kind: 'User', name: 'no-autoscalers', apiGroup: 'rbac.authorization.k8s.io' }]

interface Report {
  readonly errors: readonly { readonly code: string; readonly message: string }[]
}

t.test('who may not list autoscalers gets no green of what they may break', needsCluster, async (t) => {
  const cluster = await startControlPlane({ users: [{ name: 'no-autoscalers' }] })
  t.teardown(() => cluster.stop())
  const rollingUpdate = { maxUnavailable: '20%', maxSurge: 1 }
  await cluster.apply(
    yaml(
      { ...access, kind: 'ClusterRole', rules },
      { ...access, kind: 'ClusterRoleBinding', roleRef, subjects },
      deployment({ name: 'web', replicas: 4, rollingUpdate }),
      autoscaler,
    ),
  )
  const file = join(t.testdir(), 'evenkeel.yaml')
  const audit = async (user: string, rule: string) => {
    const metadata = { name: 'one' }
    const policy = {
      apiVersion: 'evenkeel.dev/v1alpha1',
      kind: 'RolloutPolicy',
      metadata,
      spec: { rules: { [rule]: 'deny' } },
    }
    writeFileSync(file, JSON.stringify(policy))
    const kubeconfig = cluster.users.get(user)?.kubeconfig ?? cluster.kubeconfig
    const { code, stdout } = await evenkeel(['audit', '--policy', file, '--kubeconfig', kubeconfig, '-o', 'json'])
    return { code, errors: (JSON.parse(stdout) as Report).errors }
  }
  t.same(await audit('admin', 'limit-max-unavailable'), { code: 1, errors: [] }, '20% of 4 is none, of 40 it is 8')
  t.match(await audit('no-autoscalers', 'limit-max-unavailable'), {
    code: 3,
    errors: [{ code: 'EVENKEEL_KIND_UNREADABLE', message: /^HorizontalPodAutoscaler\.autoscaling could not be read/ }],
  })
  const probes = await audit('no-autoscalers', 'require-readiness-probe')
  t.same(probes, { code: 0, errors: [] }, 'no autoscaler has a say in probes')
})

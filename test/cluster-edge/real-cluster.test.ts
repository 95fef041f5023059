import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type ClusterOptions, readCluster } from '../../src/cluster/read-cluster.ts'
import { resources } from '../../src/kube/resources.ts'
import type { KubeObject, ObjectMeta } from '../../src/model/object.ts'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { run } from '../cluster/processes.ts'

const needsCluster = await clusterOrSkip(t)
const kinds = Object.keys(resources)
const count = 1200

interface Container {
  env?: { value?: string }[]
}

/** What a projected object should be, told apart from how the code under test does it. */
function expected(object: KubeObject): KubeObject {
  const { metadata, spec, status } = structuredClone<unknown>(object) as {
    metadata: Record<string, unknown>
    spec?: unknown
    status?: { used?: unknown; expectedPods?: unknown }
  }
  for (const field of ['uid', 'resourceVersion', 'generation', 'finalizers']) Reflect.deleteProperty(metadata, field)
  const fields = (metadata['managedFields'] ?? []) as NonNullable<ObjectMeta['managedFields']>
  Reflect.deleteProperty(metadata, 'managedFields')
  const applied = fields.filter(({ operation }) => operation === 'Apply')
  if (applied.length > 0)
    metadata['managedFields'] = applied.map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }))
  redact(spec)
  const annotations = metadata['annotations'] as Record<string, string> | undefined
  const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
  if (annotations?.[lastApplied]) {
    const manifest = JSON.parse(annotations[lastApplied]) as { spec: unknown }
    redact(manifest.spec)
    annotations[lastApplied] = JSON.stringify(manifest)
  }
  const { apiVersion, kind } = object
  const { used, expectedPods } = status ?? {}
  const told = { ResourceQuota: { status: { used } }, PodDisruptionBudget: { status: { expectedPods } } }
  const { [kind]: part } = told as Record<string, object>
  return { apiVersion, kind, metadata, ...(spec === undefined ? {} : { spec }), ...part }
}

interface PodSpec {
  containers?: Container[]
  initContainers?: Container[]
}

interface Pods {
  template?: { spec?: PodSpec }
}

function redact(spec: unknown): void {
  const own = (spec ?? {}) as PodSpec & Pods & { jobTemplate?: { spec?: Pods } }
  const { containers = [], initContainers = [] } = (own.jobTemplate?.spec ?? own).template?.spec ?? own
  for (const { env } of [...containers, ...initContainers]) for (const variable of env ?? []) delete variable.value
}

const deployment = (name: string, namespace: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels: { app: name }, annotations: { 'kubernetes.io/change-cause': 'first' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        initContainers: [{ name: 'migrate', image: 'web:1', env: [{ name: 'DSN', value: 'hunter2' }] }],
        containers: [
          {
            name: 'web',
            image: 'web:1',
            ports: [{ name: 'http', containerPort: 8080 }],
            env: [
              { name: 'PASSWORD', value: 'hunter2' },
              { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
            ],
            readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
          },
        ],
      },
    },
  },
})

const companions = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: blog}
spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: agent, image: agent}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: lone, namespace: blog}
spec: {selector: {matchLabels: {app: lone}}, template: {metadata: {labels: {app: lone}}, spec: {containers: [{name: lone, image: lone}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: blog}
spec: {schedule: 0 3 * * *, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: report, image: report, env: [{name: DSN, value: hunter2}]}]}}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: blog}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: migrate, env: [{name: DSN, value: hunter2}]}]}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: blog}
---
apiVersion: v1
kind: Pod
metadata: {name: shell, namespace: blog}
spec: {containers: [{name: shell, image: shell, env: [{name: DSN, value: hunter2}]}]}
---
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: agent-1, namespace: blog}
revision: 1
data: {spec: {}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: defaults, namespace: blog}
spec: {limits: [{type: Container, default: {memory: 64Mi}}]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: room, namespace: blog}
spec: {hard: {pods: 10}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: blog}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {disk: ssd}}
---
apiVersion: v1
kind: Secret
metadata: {name: secret, namespace: shop}
stringData: {password: hunter2}`

const allButBudgets = Object.values(resources).flatMap(({ kind, plural }) =>
  kind === 'PodDisruptionBudget' ? [] : plural,
)
const lists = (resources: string): string =>
  `[{apiGroups: ['', apps, batch, policy, autoscaling], resources: [${resources}], verbs: [get, list]}]`
const rights = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: ${lists('namespaces, deployments, services, horizontalpodautoscalers')}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: shop-only, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: no-budgets}
rules: ${lists(allButBudgets.join())}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: no-budgets}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: no-budgets}
subjects: [{kind: User, name: no-budgets, apiGroup: rbac.authorization.k8s.io}]`

const rolloutDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.argoproj.io}
spec:
  group: argoproj.io
  scope: Namespaced
  names: {kind: Rollout, plural: rollouts}
  versions:
  - {name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}`

async function fill(cluster: ControlPlane): Promise<void> {
  for (const name of ['shop', 'blog'])
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name, labels: { team: name } } })
  const names = Array.from({ length: count - 2 }, (_, i) => `web-${i}`)
  const create = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const path = '/apis/apps/v1/namespaces/shop/deployments'
      const { status } = await cluster.request('POST', path, deployment(name, 'shop'))
      if (status !== 201) throw new Error(`${name}: ${status}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, create))
  await cluster.apply(JSON.stringify(deployment('web', 'shop')))
  await cluster.apply(JSON.stringify(deployment('web', 'blog')), ['--server-side', '--field-manager=argocd'])
  await cluster.apply(companions)
  // What the quota controller would count: none runs here.
  const used = JSON.stringify({ status: { hard: { pods: '10' }, used: { pods: '3' } } })
  const quota = ['patch', 'resourcequota/room', '-n', 'blog', '--subresource=status']
  await cluster.kubectl([...quota, '--type=merge', '-p', used])
  await cluster.apply(rights)
}

t.test('a real API server', needsCluster, async (t) => {
  const cluster = await startControlPlane({
    users: [{ name: 'shop-only' }, { name: 'no-budgets' }],
    apiServerFlags: ['--etcd-compaction-interval=1s'],
  })
  t.teardown(() => cluster.stop())
  await fill(cluster)
  const admin: ClusterOptions = { kubeconfig: cluster.kubeconfig, kinds }
  const kubeconfigOf = (user: string): string => cluster.users.get(user)!.kubeconfig

  await t.test('the objects are what kubectl shows, less what rules do not read', async (t) => {
    const { objects, view, unreadable } = await readCluster(admin)
    t.same(unreadable, [])
    t.ok(kinds.every((kind) => view.knows(kind)))
    t.same(view.list('Rollout.argoproj.io', 'shop'), [], 'there is no custom resource Rollout')
    for (const kind of kinds.filter((kind) => resources[kind]?.custom !== true)) {
      const { apiVersion, plural } = resources[kind]!
      const get = ['get', `${plural}.${apiVersion.replace(/^(.*)\/(.*)$/, '$2.$1').replace(/^v1$/, 'v1.')}`]
      const { stdout } = await cluster.kubectl([...get, '-A', '-o', 'json', '--show-managed-fields'])
      const { items } = JSON.parse(stdout) as { items: KubeObject[] }
      const read = objects.filter((object) => object.kind === resources[kind]!.kind)
      t.ok(read.length > 0, `${read.length} of ${kind}`)
      t.strictSame(read, items.map(expected), kind)
    }
    t.equal(objects.filter(({ kind }) => kind === 'Deployment').length, count)
    const applied = view.list('Deployment.apps', 'blog')[0]!
    t.match(applied.metadata.managedFields, [{ manager: 'argocd', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }])
    t.match(view.list('ResourceQuota', 'blog'), [{ status: { used: { pods: '3' } } }])
    t.notMatch(JSON.stringify(objects), 'hunter2')
  })

  await t.test('a list that expires under the reader is begun anew', async (t) => {
    const counts: number[] = []
    const env = { ...process.env, KUBECONFIG: cluster.kubeconfig }
    const { objects, unreadable } = await readCluster({ ...admin, kinds: ['Deployment.apps'] }, ({ count }) => {
      counts.push(count)
      if (counts.length > 1) return
      // The reader waits while etcd forgets the revision that it reads: each second it keeps what the second before brought.
      for (let second = 0; second < 8; second++) {
        execFileSync(cluster.binaries.kubectl, ['create', 'namespace', `later-${second}`], { env })
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
      }
    })
    t.same(unreadable, [])
    t.same(counts, [500, 0, 500, 1000, 1200], 'the API server answered 410')
    t.equal(new Set(objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).size, count)
  })

  await t.test('who may read one namespace only', async (t) => {
    const file = JSON.parse(readFileSync(kubeconfigOf('shop-only'), 'utf8')) as { contexts: { context: object }[] }
    Object.assign(file.contexts[0]!.context, { namespace: 'shop' })
    const kubeconfig = join(t.testdir(), 'config')
    writeFileSync(kubeconfig, JSON.stringify(file))
    for (const namespaces of [undefined, ['shop']]) {
      const options = { kubeconfig, kinds, ...(namespaces && { namespaces }) }
      const { objects, view, unreadable } = await readCluster(options)
      const known = [
        'Deployment.apps',
        'Rollout.argoproj.io',
        'HorizontalPodAutoscaler.autoscaling',
        'Service',
        'ScaledObject.keda.sh',
      ]
      for (const kind of kinds.filter((kind) => kind !== 'Namespace'))
        t.equal(view.knows(kind, 'shop'), known.includes(kind), kind)
      t.equal(view.knows('Deployment.apps', 'blog'), false)
      t.equal(view.list('Deployment.apps', 'shop').length, count - 1)
      t.match(view.list('Namespace', ''), [{ metadata: { name: 'shop', labels: { team: 'shop' } } }])
      t.notOk(objects.some(({ metadata }) => metadata.namespace === 'blog'))
      const budgets = unreadable.find(({ kind }) => kind === 'PodDisruptionBudget.policy')
      t.match(budgets?.reason, /^poddisruptionbudgets\.policy is forbidden: User "shop-only" cannot list/)
      t.equal(budgets?.namespace, namespaces?.[0])
    }
    const { unreadable } = await readCluster({
      kubeconfig,
      kinds: ['Deployment.apps', 'Node'],
      namespaces: ['shop', 'blog'],
    })
    t.match(unreadable, [{ kind: 'Deployment.apps', namespace: 'blog' }, { kind: 'Node' }])
    t.equal(unreadable.length, 2)
  })

  await t.test('who may not list PodDisruptionBudgets', async (t) => {
    const { objects, view, unreadable } = await readCluster({ kubeconfig: kubeconfigOf('no-budgets'), kinds })
    t.match(unreadable, [
      { kind: 'PodDisruptionBudget.policy', reason: /User "no-budgets" cannot list.*at the cluster scope$/ },
    ])
    t.equal(unreadable.length, 1)
    t.notOk(view.knows('PodDisruptionBudget.policy', 'shop'))
    t.ok(view.knows('Rollout.argoproj.io', 'shop'), 'nobody has any: the group is not served')
    t.equal(objects.filter(({ kind }) => kind === 'Deployment').length, count)
  })

  await t.test('credentials and certificates that are not accepted', async (t) => {
    const file = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as {
      users: { user: { token: string } }[]
      clusters: { cluster: Record<string, unknown> }[]
    }
    const kubeconfig = join(t.testdir(), 'config')
    file.users[0]!.user.token = 'wrong'
    writeFileSync(kubeconfig, JSON.stringify(file))
    await t.rejects(readCluster({ kubeconfig, kinds }), { code: 'EVENKEEL_CLUSTER_UNAUTHORIZED' })
    delete file.clusters[0]!.cluster['certificate-authority']
    writeFileSync(kubeconfig, JSON.stringify(file))
    await t.rejects(readCluster({ kubeconfig, kinds }), {
      code: 'EVENKEEL_CLUSTER_UNREACHABLE',
      message: /certificate/,
    })
  })

  await t.test('Rollouts, where they are installed', async (t) => {
    await cluster.apply(rolloutDefinition)
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd/rollouts.argoproj.io', '--timeout=20s'])
    const path = '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts'
    const { spec } = deployment('canary', 'shop') as { spec: object }
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'canary' }, spec }
    for (let tries = 0; (await cluster.request('POST', path, rollout)).status !== 201 && tries < 50; tries++)
      await sleep(100)
    const { objects, unreadable } = await readCluster({ ...admin, kinds: ['Rollout.argoproj.io'] })
    t.same(unreadable, [])
    t.match(objects, [
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'canary' }, spec: { replicas: 3 } },
    ])
    t.notMatch(JSON.stringify(objects), 'hunter2')
    const others = await readCluster({ kubeconfig: kubeconfigOf('no-budgets'), kinds: ['Rollout.argoproj.io'] })
    t.match(others.unreadable, [{ kind: 'Rollout.argoproj.io', reason: /cannot list resource "rollouts"/ }])
    t.notOk(others.view.knows('Rollout.argoproj.io', 'shop'), 'who may not list them now knows nothing')
  })

  await t.test('it takes little memory, and ends by itself', async (t) => {
    const program = `
      const start = performance.now()
      const { readCluster } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/cluster/read-cluster.ts'))})
      const own = performance.now()
      await import('@kubernetes/client-node')
      const library = performance.now()
      const base = process.resourceUsage().maxRSS
      const { objects } = await readCluster(${JSON.stringify(admin)})
      const end = performance.now()
      const ms = { own: own - start, library: library - own, read: end - library }
      console.log(JSON.stringify({ ms, base, peak: process.resourceUsage().maxRSS, objects: objects.length }))`
    // Without the test runner's hooks, which it puts into every environment.
    const node = ['-u', 'NODE_OPTIONS', process.execPath, '--input-type=module', '-e', program]
    const { code, stdout, stderr } = await run('env', node)
    t.equal(code, 0, stderr)
    const { ms, base, peak, objects } = JSON.parse(stdout) as {
      ms: Record<string, number>
      base: number
      peak: number
      objects: number
    }
    t.ok(objects > count)
    t.ok(peak - base < 64 * 1024)
    t.comment({ objects, ms, mebibytes: { peak: peak / 1024, afterImports: base / 1024 } })
  })
})

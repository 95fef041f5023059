import fc from 'fast-check'
import t from 'tap'
import { evaluate } from '../../src/engine/evaluate.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Rule } from '../../src/model/rule.ts'
import { rules } from '../../src/rules/index.ts'
import { readWorkload } from '../../src/workloads/read-workload.ts'
import { shapeError } from '../../src/workloads/shape-error.ts'
import { enabled, policyOf } from '../rules/read-fixture.ts'

function objectOf(groupKind: string, spec: object = {}): KubeObject {
  const [kind = '', group = ''] = groupKind.split(/\.(.*)/)
  const version = group === 'argoproj.io' ? 'v1alpha1' : 'v1'
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name: 'web', namespace: 'shop' },
    spec: { template: {}, ...spec },
  }
}

t.test('without a word of the author the API fills in what its kind has as defaults', (t) => {
  const read = (kind: string, spec: object = {}) => {
    const workload = readWorkload(objectOf(kind, spec))
    return [workload?.kind, workload?.replicas, workload?.strategy]
  }
  const quarter = { maxUnavailable: '25%', maxSurge: '25%' }
  t.strictSame(read('Deployment.apps'), ['Deployment', 1, { type: 'RollingUpdate', ...quarter }])
  t.strictSame(read('StatefulSet.apps'), ['StatefulSet', 1, { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 }])
  t.strictSame(read('DaemonSet.apps'), [
    'DaemonSet',
    undefined,
    { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
  ])
  const unrouted = { trafficRouted: false, dynamicStableScale: false }
  t.strictSame(read('Rollout.argoproj.io'), ['Rollout', 1, { type: 'Canary', ...quarter, ...unrouted }])
  t.strictSame(read('Deployment.apps', { replicas: 0 })[1], 0, '0 replicas are 0')
  t.strictSame(read('Deployment.apps', { strategy: { rollingUpdate: { maxSurge: 0 } } })[2], {
    type: 'RollingUpdate',
    maxUnavailable: '25%',
    maxSurge: 0,
  })
  t.end()
})

t.test('each kind says how it replaces pods', (t) => {
  const strategyOf = (kind: string, spec: object) => readWorkload(objectOf(kind, spec))?.strategy
  t.strictSame(strategyOf('Deployment.apps', { strategy: { type: 'Recreate' } }), { type: 'Recreate' })
  t.strictSame(strategyOf('StatefulSet.apps', { updateStrategy: { type: 'OnDelete' } }), { type: 'OnDelete' })
  t.strictSame(strategyOf('DaemonSet.apps', { updateStrategy: { type: 'OnDelete' } }), { type: 'OnDelete' })
  t.strictSame(strategyOf('Rollout.argoproj.io', { strategy: { blueGreen: {} } }), { type: 'BlueGreen' })
  t.match(strategyOf('Rollout.argoproj.io', { strategy: { canary: { trafficRouting: {} } } }), { trafficRouted: true })
  const shrinking = { canary: { trafficRouting: {}, dynamicStableScale: true } }
  t.match(strategyOf('Rollout.argoproj.io', { strategy: shrinking }), { dynamicStableScale: true })
  t.match(
    strategyOf('StatefulSet.apps', { updateStrategy: { rollingUpdate: { maxUnavailable: 3, maxSurge: 2 } } }),
    { maxUnavailable: 3, maxSurge: 0 },
    'a StatefulSet never surges',
  )
  t.end()
})

t.test('pointers lead to where each kind keeps its strategy', (t) => {
  t.strictSame(readWorkload(objectOf('Deployment.apps'))?.at.budget, '/spec/strategy/rollingUpdate')
  t.strictSame(readWorkload(objectOf('StatefulSet.apps'))?.at.budget, '/spec/updateStrategy/rollingUpdate')
  t.strictSame(readWorkload(objectOf('DaemonSet.apps'))?.at.strategy, '/spec/updateStrategy')
  t.strictSame(readWorkload(objectOf('Rollout.argoproj.io'))?.at.budget, '/spec/strategy/canary')
  t.end()
})

t.test('an Argo Rollout may leave its pods to a Deployment', (t) => {
  const ref = (workloadRef: unknown) =>
    readWorkload(objectOf('Rollout.argoproj.io', { template: undefined, workloadRef }))?.templateRef
  t.strictSame(ref({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }), { kind: 'Deployment', name: 'web' })
  t.strictSame(ref({ name: 'web', kind: null }), { kind: 'Deployment', name: 'web' })
  t.equal(ref(null), undefined)
  t.equal(ref(undefined), undefined)
  t.end()
})

t.test('of a Job only the labels of its pods are looked at', (t) => {
  const job = (template: object) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: {}, spec: { template } })
  t.equal(readWorkload(job({})), undefined, 'it is no workload')
  t.equal(shapeError(job({ spec: { containers: 'web' } })), undefined)
  t.match(shapeError(job({ metadata: { labels: ['web'] } })), { path: '/spec/template/metadata/labels' })
  t.end()
})

t.test('what is no workload is none, whatever its name', (t) => {
  for (const [apiVersion, kind] of [
    ['v1', 'Secret'],
    ['extensions/v1beta1', 'Deployment'],
    ['apps/v1', 'ControllerRevision'],
    ['v1', 'constructor'],
    ['v1', '__proto__'],
    ['v1', 'toString'],
  ] as const) {
    t.equal(readWorkload({ apiVersion, kind, metadata: {} }), undefined, `${apiVersion} ${kind}`)
    t.equal(
      shapeError({ apiVersion, kind, metadata: {} }),
      undefined,
      `${kind} is not read, so its shape is nobody's business`,
    )
  }
  t.end()
})

t.test('a generated name stands for one that is to come', (t) => {
  t.equal(readWorkload({ ...objectOf('Deployment.apps'), metadata: { generateName: 'web-' } })?.name, 'web-')
  t.equal(readWorkload({ ...objectOf('Deployment.apps'), metadata: {} })?.namespace, '')
  t.end()
})

const container = {
  name: 'web',
  image: 'shop/web:1',
  ports: [{ containerPort: 80 }],
  livenessProbe: { httpGet: { port: 80 } },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
}
const template = (change: object) => ({ template: { spec: { containers: [{ ...container, ...change }] } } })

t.test(
  'more containers or field managers than anybody has are refused before they are compared with each other',
  (t) => {
    const workload = (containers: number, initContainers: number, managers: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', managedFields: Array.from({ length: managers }, () => ({ manager: 'kubectl' })) },
      spec: {
        template: {
          spec: {
            containers: Array.from({ length: containers }, (_, n) => ({ name: `c${n}` })),
            initContainers: Array.from({ length: initContainers }, (_, n) => ({ name: `i${n}` })),
          },
        },
      },
    })
    t.equal(shapeError(workload(500, 500, 500)), undefined)
    const message = 'must NOT have more than 500 items'
    t.strictSame(shapeError(workload(501, 0, 0)), { path: '/spec/template/spec/containers', message })
    t.strictSame(shapeError(workload(1, 501, 0)), { path: '/spec/template/spec/initContainers', message })
    t.strictSame(shapeError(workload(1, 0, 501)), { path: '/metadata/managedFields', message })
    t.end()
  },
)

t.test('a value of another type than Kubernetes has there is located', (t) => {
  const wrong: [string, object, string, RegExp][] = [
    ['Deployment.apps', { replicas: '3' }, '/spec/replicas', /integer/],
    ['Deployment.apps', { replicas: 2.5 }, '/spec/replicas', /integer/],
    ['Deployment.apps', { replicas: -1 }, '/spec/replicas', />= 0/],
    ['Deployment.apps', { template: undefined }, '/spec', /template/],
    ['Deployment.apps', { template: [] }, '/spec/template', /object/],
    [
      'Deployment.apps',
      { strategy: { rollingUpdate: { maxSurge: '25' } } },
      '/spec/strategy/rollingUpdate/maxSurge',
      /must be a (quantity|number or a percentage) such as/,
    ],
    [
      'Deployment.apps',
      { strategy: { rollingUpdate: { maxSurge: true } } },
      '/spec/strategy/rollingUpdate/maxSurge',
      /integer or string/,
    ],
    ['Deployment.apps', { strategy: 'Recreate' }, '/spec/strategy', /object/],
    ['Deployment.apps', template({ name: 7 }), '/spec/template/spec/containers/0/name', /string/],
    ['Deployment.apps', template({ name: undefined }), '/spec/template/spec/containers/0', /name/],
    ['Deployment.apps', template({ env: [{ name: 'A' }, 'B'] }), '/spec/template/spec/containers/0/env/1', /object/],
    ['Deployment.apps', template({ livenessProbe: [] }), '/spec/template/spec/containers/0/livenessProbe', /object/],
    [
      'Deployment.apps',
      template({ lifecycle: { preStop: { exec: { command: 'sleep 5' } } } }),
      '/spec/template/spec/containers/0/lifecycle/preStop/exec/command',
      /array/,
    ],
    [
      'Deployment.apps',
      template({ resources: { requests: { cpu: '100mi' } } }),
      '/spec/template/spec/containers/0/resources/requests/cpu',
      /must be a (quantity|number or a percentage) such as/,
    ],
    [
      'Deployment.apps',
      { template: { spec: { resources: { limits: ['1'] } } } },
      '/spec/template/spec/resources/limits',
      /object/,
    ],
    [
      'HorizontalPodAutoscaler.autoscaling',
      { metrics: [{ resource: { target: { type: 1 } } }] },
      '/spec/metrics/0/resource/target/type',
      /string/,
    ],
    ['Deployment.apps', { revisionHistoryLimit: -1 }, '/spec/revisionHistoryLimit', />= 0/],
    ['Deployment.apps', { template: { spec: { containers: [null] } } }, '/spec/template/spec/containers/0', /object/],
    [
      'Deployment.apps',
      { selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } },
      '/spec/selector/matchExpressions/0/operator',
      /must be In or NotIn or Exists/,
    ],
    [
      'StatefulSet.apps',
      { updateStrategy: { rollingUpdate: { maxUnavailable: '-1%' } } },
      '/spec/updateStrategy/rollingUpdate/maxUnavailable',
      /must be a (quantity|number or a percentage) such as/,
    ],
    [
      'DaemonSet.apps',
      { template: { spec: { nodeSelector: { disk: 7 } } } },
      '/spec/template/spec/nodeSelector/disk',
      /string/,
    ],
    ['DaemonSet.apps', { template: { spec: { tolerations: ['all'] } } }, '/spec/template/spec/tolerations/0', /object/],
    ['Deployment.apps', { template: { spec: { volumes: 'data' } } }, '/spec/template/spec/volumes', /array/],
    ['Rollout.argoproj.io', { strategy: { canary: { maxSurge: -1 } } }, '/spec/strategy/canary/maxSurge', />= 0/],
    ['PodDisruptionBudget.policy', { minAvailable: '1' }, '/spec/minAvailable', /such as 25%; found "1"$/],
    ['HorizontalPodAutoscaler.autoscaling', { minReplicas: '2' }, '/spec/minReplicas', /integer/],
  ]
  for (const [kind, spec, path, message] of wrong) {
    const error = shapeError(objectOf(kind, spec))
    t.equal(error?.path, path, JSON.stringify(spec))
    t.match(error?.message, message)
  }
  t.equal(
    shapeError({ apiVersion: 'v1', kind: 'Service', metadata: {}, spec: { selector: { app: 1 } } })?.path,
    '/spec/selector/app',
  )
  t.equal(
    shapeError({ apiVersion: 'v1', kind: 'LimitRange', metadata: {}, spec: { limits: [{ max: { cpu: true } }] } })
      ?.path,
    '/spec/limits/0/max/cpu',
  )
  t.equal(shapeError({ apiVersion: 'v1', kind: 'Node', metadata: {}, spec: { taints: [{}] } })?.path, '/spec/taints/0')
  t.equal(shapeError({ apiVersion: 'v1', kind: 'Node', metadata: {} }), undefined, 'a Node needs no spec')
  t.equal(shapeError({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: {} })?.path, '', 'a Deployment does')
  t.end()
})

t.test(
  'it is told in words, with what was found, but nothing of what an object or a list holds or should hold',
  (t) => {
    const pod = (container: object) => ({ template: { spec: { containers: [{ name: 'web', ...container }] } } })
    const budget = (maxUnavailable: unknown) => ({ strategy: { rollingUpdate: { maxUnavailable } } })
    const percentage = 'must be a number or a percentage such as 25%'
    const cases: readonly (readonly [spec: object, message: string])[] = [
      [{ replicas: '3' }, 'must be integer; found "3"'],
      [{ replicas: -1 }, 'must be >= 0; found -1'],
      [budget('25'), `${percentage}; found "25"`],
      [budget(true), 'must be integer or string; found true'],
      [pod({ resources: { requests: { cpu: '100 m' } } }), 'must be a quantity such as 100m or 1Gi; found "100 m"'],
      [pod({ image: ['secret'] }), 'must be string; found a list'],
      [pod({ ports: { token: 'secret' } }), 'must be array; found an object'],
      [
        { selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } },
        'must be In or NotIn or Exists or DoesNotExist; found "Is"',
      ],
      [pod({ command: 'login secret' }), 'must be array; found a string'],
      [pod({ ports: [null] }), 'must be object; found null'],
      [{ template: undefined }, 'needs a field "template"'],
    ]
    for (const [spec, message] of cases) t.equal(shapeError(objectOf('Deployment.apps', spec))?.message, message)
    t.end()
  },
)

t.test('so is one in what a pod asks of nodes, volumes and ports', (t) => {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution'
  const nodes = (terms: unknown) => ({ affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: terms } } } })
  const apart = (terms: unknown) => ({ affinity: { podAntiAffinity: { [required]: terms } } })
  const spread = (constraint: unknown) => ({ topologySpreadConstraints: [constraint] })
  const web = (change: object) => ({ containers: [{ ...container, ...change }] })
  const wrong: [pod: object, path: string, message: RegExp][] = [
    [{ affinity: [] }, 'affinity', /object/],
    [{ affinity: { nodeAffinity: 'ssd' } }, 'affinity/nodeAffinity', /object/],
    [nodes({}), `affinity/nodeAffinity/${required}/nodeSelectorTerms`, /array/],
    [nodes([null]), `affinity/nodeAffinity/${required}/nodeSelectorTerms/0`, /object/],
    [
      nodes([{ matchExpressions: [{ key: 'disk', operator: 'in' }] }]),
      `affinity/nodeAffinity/${required}/nodeSelectorTerms/0/matchExpressions/0/operator`,
      /must be In or NotIn or Exists/,
    ],
    [
      nodes([{ matchExpressions: [{ key: 'cores', operator: 'Gt', values: [4] }] }]),
      `affinity/nodeAffinity/${required}/nodeSelectorTerms/0/matchExpressions/0/values/0`,
      /string/,
    ],
    [
      nodes([{ matchFields: [{ operator: 'In' }] }]),
      `affinity/nodeAffinity/${required}/nodeSelectorTerms/0/matchFields/0`,
      /key/,
    ],
    [apart({}), `affinity/podAntiAffinity/${required}`, /array/],
    [apart([null]), `affinity/podAntiAffinity/${required}/0`, /object/],
    [apart([{ topologyKey: 1 }]), `affinity/podAntiAffinity/${required}/0/topologyKey`, /string/],
    [apart([{ namespaces: 'shop' }]), `affinity/podAntiAffinity/${required}/0/namespaces`, /array/],
    [
      apart([{ labelSelector: { matchLabels: { app: true } } }]),
      `affinity/podAntiAffinity/${required}/0/labelSelector/matchLabels/app`,
      /string/,
    ],
    [{ topologySpreadConstraints: {} }, 'topologySpreadConstraints', /array/],
    [spread(null), 'topologySpreadConstraints/0', /object/],
    [spread({ maxSkew: '1' }), 'topologySpreadConstraints/0/maxSkew', /integer/],
    [spread({ minDomains: 1.5 }), 'topologySpreadConstraints/0/minDomains', /integer/],
    [spread({ whenUnsatisfiable: true }), 'topologySpreadConstraints/0/whenUnsatisfiable', /string/],
    [spread({ matchLabelKeys: [1] }), 'topologySpreadConstraints/0/matchLabelKeys/0', /string/],
    [{ volumes: [null] }, 'volumes/0', /object/],
    [{ volumes: [{ name: null }] }, 'volumes/0/name', /string/],
    [{ volumes: [{ persistentVolumeClaim: 'data' }] }, 'volumes/0/persistentVolumeClaim', /object/],
    [{ volumes: [{ persistentVolumeClaim: { claimName: 1 } }] }, 'volumes/0/persistentVolumeClaim/claimName', /string/],
    [{ volumes: [{ image: { reference: [] } }] }, 'volumes/0/image/reference', /string/],
    [{ tolerations: {} }, 'tolerations', /array/],
    [{ tolerations: [null] }, 'tolerations/0', /object/],
    [{ tolerations: [{ value: true }] }, 'tolerations/0/value', /string/],
    [{ overhead: [] }, 'overhead', /object/],
    [{ overhead: { cpu: 'much' } }, 'overhead/cpu', /must be a (quantity|number or a percentage) such as/],
    [{ resources: { requests: { memory: true } } }, 'resources/requests/memory', /string/],
    [{ hostNetwork: 'true' }, 'hostNetwork', /boolean/],
    [{ terminationGracePeriodSeconds: '30' }, 'terminationGracePeriodSeconds', /integer/],
    [web({ ports: {} }), 'containers/0/ports', /array/],
    [web({ ports: [null] }), 'containers/0/ports/0', /object/],
    [web({ ports: [8080] }), 'containers/0/ports/0', /object/],
    [web({ ports: [{ containerPort: '80' }] }), 'containers/0/ports/0/containerPort', /integer/],
    [web({ ports: [{ containerPort: 80, name: 80 }] }), 'containers/0/ports/0/name', /string/],
    [web({ resources: [] }), 'containers/0/resources', /object/],
    [
      web({ resources: { limits: { cpu: '1 cpu' } } }),
      'containers/0/resources/limits/cpu',
      /such as 100m or 1Gi; found/,
    ],
  ]
  for (const kind of ['Deployment.apps', 'DaemonSet.apps', 'Rollout.argoproj.io']) {
    for (const [spec, path, message] of wrong) {
      const error = shapeError(objectOf(kind, { template: { spec } }))
      t.equal(error?.path, `/spec/template/spec/${path}`, JSON.stringify(spec))
      t.match(error?.message, message)
    }
  }
  t.end()
})

type Path = readonly (string | number)[]

const hard = 'requiredDuringSchedulingIgnoredDuringExecution'
const inPod = (...paths: readonly (readonly (string | number)[])[]): Path[] =>
  paths.map((path) => ['spec', 'template', 'spec', ...path])

/** Every field of a complete workload that a template may leave empty, so that YAML makes it null. */
const optional: Path[] = [
  ['metadata', 'labels'],
  ['metadata', 'annotations'],
  ['metadata', 'namespace'],
  ['metadata', 'annotations', 'kubernetes.io/change-cause'],
  ['spec', 'replicas'],
  ['spec', 'selector'],
  ['spec', 'strategy'],
  ['spec', 'strategy', 'type'],
  ['spec', 'strategy', 'rollingUpdate'],
  ['spec', 'strategy', 'rollingUpdate', 'maxSurge'],
  ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'],
  ['spec', 'template', 'metadata'],
  ['spec', 'template', 'metadata', 'labels'],
  ['spec', 'template', 'metadata', 'annotations'],
  ['spec', 'template', 'metadata', 'annotations', 'evenkeel.dev/drain-seconds'],
  ['spec', 'template', 'spec', 'initContainers'],
  ['spec', 'template', 'spec', 'initContainers', 0, 'restartPolicy'],
  ['spec', 'template', 'spec', 'terminationGracePeriodSeconds'],
  ['spec', 'template', 'spec', 'nodeSelector'],
  ['spec', 'template', 'spec', 'volumes'],
  ['spec', 'template', 'spec', 'volumes', 0, 'persistentVolumeClaim'],
  ['spec', 'template', 'spec', 'tolerations'],
  ['spec', 'template', 'spec', 'resources'],
  ['spec', 'template', 'spec', 'containers', 0, 'resources', 'requests'],
  ['spec', 'template', 'spec', 'containers', 0, 'resources', 'limits'],
  ['spec', 'template', 'spec', 'containers', 0, 'resources', 'requests', 'cpu'],
  ['spec', 'revisionHistoryLimit'],
  ...inPod(
    ['affinity'],
    ['affinity', 'nodeAffinity'],
    ['affinity', 'nodeAffinity', hard],
    ['affinity', 'nodeAffinity', hard, 'nodeSelectorTerms'],
    ['affinity', 'nodeAffinity', hard, 'nodeSelectorTerms', 0, 'matchExpressions'],
    ['affinity', 'nodeAffinity', hard, 'nodeSelectorTerms', 0, 'matchExpressions', 0, 'values'],
    ['affinity', 'nodeAffinity', hard, 'nodeSelectorTerms', 0, 'matchFields'],
    ['affinity', 'podAntiAffinity'],
    ['affinity', 'podAntiAffinity', hard],
    ...['topologyKey', 'labelSelector', 'matchLabelKeys'].map(
      (field): Path => ['affinity', 'podAntiAffinity', hard, 0, field],
    ),
    ['affinity', 'podAntiAffinity', hard, 1, 'namespaces'],
    ['affinity', 'podAntiAffinity', hard, 1, 'namespaceSelector'],
    ['topologySpreadConstraints'],
    ...['maxSkew', 'minDomains', 'whenUnsatisfiable', 'labelSelector', 'nodeAffinityPolicy', 'nodeTaintsPolicy'].map(
      (field): Path => ['topologySpreadConstraints', 0, field],
    ),
    ...['key', 'operator', 'value', 'effect'].map((field): Path => ['tolerations', 0, field]),
    ['volumes', 0, 'persistentVolumeClaim', 'claimName'],
    ['volumes', 1, 'image'],
    ['volumes', 1, 'image', 'reference'],
    ['overhead'],
    ['overhead', 'cpu'],
    ['hostNetwork'],
    ...['name', 'hostPort', 'protocol'].map((field): Path => ['containers', 0, 'ports', 0, field]),
  ),
  ...[
    'image',
    'command',
    'ports',
    'env',
    'readinessProbe',
    'livenessProbe',
    'startupProbe',
    'lifecycle',
    'resources',
  ].map((field): Path => ['spec', 'template', 'spec', 'containers', 0, field]),
  ...['httpGet', 'timeoutSeconds', 'periodSeconds', 'failureThreshold'].map(
    (field): Path => ['spec', 'template', 'spec', 'containers', 0, 'livenessProbe', field],
  ),
  ['spec', 'template', 'spec', 'containers', 0, 'lifecycle', 'preStop'],
  ['spec', 'template', 'spec', 'containers', 0, 'lifecycle', 'preStop', 'sleep'],
  ['spec', 'template', 'spec', 'containers', 0, 'lifecycle', 'preStop', 'sleep', 'seconds'],
]

const complete: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: '',
    labels: { app: 'web' },
    annotations: { 'kubernetes.io/change-cause': 'first' },
  },
  spec: {
    replicas: 4,
    revisionHistoryLimit: 12,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { 'evenkeel.dev/drain-seconds': '10' } },
      spec: {
        initContainers: [{ name: 'proxy', image: 'shop/proxy:1', restartPolicy: 'Always' }],
        terminationGracePeriodSeconds: 45,
        hostNetwork: false,
        overhead: { cpu: '250m' },
        nodeSelector: { disk: 'ssd' },
        affinity: {
          nodeAffinity: {
            [hard]: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['2'] }],
                  matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-9'] }],
                },
              ],
            },
          },
          podAntiAffinity: {
            [hard]: [
              {
                topologyKey: 'kubernetes.io/hostname',
                labelSelector: { matchLabels: { app: 'web' } },
                matchLabelKeys: [],
              },
              { topologyKey: 'zone', namespaces: ['blog'], namespaceSelector: { matchLabels: { team: 'blog' } } },
            ],
          },
        },
        topologySpreadConstraints: [
          {
            topologyKey: 'zone',
            maxSkew: 2,
            minDomains: 3,
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'web' } },
            nodeAffinityPolicy: 'Honor',
            nodeTaintsPolicy: 'Honor',
          },
        ],
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'model', image: { reference: 'shop/model' } },
        ],
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'shop', effect: 'NoSchedule' }],
        resources: { limits: { memory: '1Gi' } },
        containers: [
          {
            name: 'web',
            image: 'shop/web:1',
            resources: { requests: { cpu: 0.5 }, limits: { memory: '256Mi' } },
            command: ['/web'],
            env: [{ name: 'MODE', value: 'fast' }],
            ports: [{ name: 'http', containerPort: 8080, hostPort: 8080, protocol: 'TCP' }],
            readinessProbe: { httpGet: { port: 'http' } },
            livenessProbe: { httpGet: { port: 'http' }, timeoutSeconds: 2, periodSeconds: 5, failureThreshold: 3 },
            startupProbe: { httpGet: { port: 'http' } },
            lifecycle: { preStop: { sleep: { seconds: 10 } } },
          },
        ],
      },
    },
  },
}
const around = [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'] },
  },
  // The pod may run on the first four, each other lacks something.
  ...[{}, {}, { dedicated: 'shop' }, {}, { disk: 'hdd' }, { cores: '2' }, { name: 'node-9' }].map(
    ({ dedicated, name = '', ...labels }: { dedicated?: string; name?: string }, i) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: name || `node-${i}`, labels: { disk: 'ssd', cores: '8', zone: `zone-${i % 2}`, ...labels } },
      spec: { taints: dedicated === undefined ? [] : [{ key: 'dedicated', value: dedicated, effect: 'NoSchedule' }] },
    }),
  ),
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'small' },
    spec: { hard: { 'requests.cpu': '1' } },
    status: { used: { 'requests.cpu': '1' } },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  },
]

function parentOf(object: KubeObject, path: Path): Record<string | number, unknown> | undefined {
  return path
    .slice(0, -1)
    .reduce<unknown>((value, step) => (value as Record<string | number, unknown> | null | undefined)?.[step], object) as
    | Record<string | number, unknown>
    | undefined
}

function changed(
  paths: readonly Path[],
  change: (parent: Record<string | number, unknown>, key: string | number) => void,
): KubeObject {
  const object = structuredClone(complete)
  for (const path of paths) {
    const parent = parentOf(object, path)
    const key = path.at(-1)
    if (parent && key !== undefined) change(parent, key)
  }
  return object
}

t.test('null means absent, wherever it stands: the same findings, no error', (t) => {
  const serving = (rule: Rule) => (Object.hasOwn(rule.params.properties, 'containers') ? { containers: 'serving' } : {})
  const policies = [policyOf(rules.map((rule) => enabled(rule, serving(rule))))]
  const judge = (object: KubeObject) => {
    const world = { policies, view: viewOf([object, ...around] as KubeObject[]), now: 0, defaulted: false }
    // What a finding can point at differs: null is there, absent is not.
    return evaluate(object, world).results.map((result) =>
      result.status === 'fail'
        ? [result.rule, result.findings.map(({ message, container, fix }) => [message, container, fix?.operations])]
        : result,
    )
  }
  const check = (paths: readonly Path[]) => {
    const withNulls = changed(paths, (parent, key) => (parent[key] = null))
    const without = changed(paths, (parent, key) => Reflect.deleteProperty(parent, key))
    t.equal(shapeError(withNulls), undefined, `${JSON.stringify(paths)} may be null`)
    t.strictSame(judge(withNulls), judge(without), JSON.stringify(paths))
    t.notMatch(JSON.stringify(judge(withNulls)), /"status":"error"/)
  }
  t.match(
    JSON.stringify(judge(complete)),
    /claim data.*hostPort.*anti-affinity.*spread by zone.*quota small/,
    'all of it counts',
  )
  for (const path of optional) {
    t.not(parentOf(complete, path)?.[path.at(-1) ?? ''], undefined, `${JSON.stringify(path)} is there to be taken away`)
    check([path])
  }
  fc.assert(fc.property(fc.subarray(optional, { minLength: 2, maxLength: 6 }), check), { numRuns: 200 })
  t.end()
})

import type { KubeObject } from '../../src/model/object.ts'

/** One row: an object, what it was before (an update), what stands beside it, and what a policy asks. */
export interface Case {
  readonly name: string
  /** `spec` of a RolloutPolicy, without `match`. */
  readonly policy: object
  readonly object: KubeObject
  readonly old?: KubeObject
  readonly companions?: readonly KubeObject[]
  /** What comes of it at the webhook, which does not see the companions. */
  readonly atWebhook: 'admit' | 'warn' | 'deny'
  /** What comes of it where the companions are known; absent for updates, which only the webhook sees. */
  readonly inFiles?: 'admit' | 'warn' | 'deny'
}

const labels = { app: 'web' }
const probe = { httpGet: { path: '/healthz', port: 8080 } }
const safeContainer = {
  name: 'web',
  image: 'registry.example/web:1.0.0',
  ports: [{ name: 'http', containerPort: 8080 }],
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  readinessProbe: probe,
  livenessProbe: { httpGet: { path: '/livez', port: 8080 } },
  startupProbe: probe,
  lifecycle: { preStop: { sleep: { seconds: 10 } } },
}

interface Parts {
  readonly kind?: string
  readonly replicas?: number | undefined
  readonly strategy?: object
  readonly container?: object
  readonly pod?: object
  readonly annotations?: Readonly<Record<string, string>>
}

/** A workload that satisfies `strict`, with some parts exchanged. */
function workload({
  kind = 'Deployment',
  strategy,
  container = {},
  pod = {},
  annotations = {},
  ...parts
}: Parts): KubeObject {
  const replicas = kind === 'DaemonSet' ? {} : { replicas: 'replicas' in parts ? parts.replicas : 4 }
  const field = kind === 'Deployment' ? 'strategy' : 'updateStrategy'
  const rolling = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  const update = strategy ?? (kind === 'Deployment' ? rolling : { type: 'RollingUpdate' })
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web', annotations: { 'kubernetes.io/change-cause': 'release 1.0.0', ...annotations } },
    spec: {
      ...replicas,
      ...(kind === 'StatefulSet' ? { serviceName: 'web' } : {}),
      selector: { matchLabels: labels },
      [field]: update,
      template: { metadata: { labels }, spec: { containers: [{ ...safeContainer, ...container }], ...pod } },
    },
  }
}

const budget = (spec: object): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { selector: { matchLabels: labels }, ...spec },
})
const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
}
const autoscaler: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 8,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
  },
}

/** A budget may come up to a minute after its workload; here it is asked for at once, so that an audit needs no minute. */
const strict = { extends: 'strict', rules: { 'require-disruption-budget': { params: { graceSeconds: 0 } } } }
const unsafe = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } }
const bare = { readinessProbe: null, livenessProbe: null, startupProbe: null, lifecycle: null }
const exemption = (rule: string): Readonly<Record<string, string>> => ({
  [`exempt.evenkeel.dev/${rule}`]: `until=${new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)} reason=the vendor image cannot`,
})
const ended = (rule: string) => ({ [`exempt.evenkeel.dev/${rule}`]: 'until=2026-01-31 reason=the vendor image cannot' })
const next = { image: 'registry.example/web:1.1.0' }
const told = (cause: string) => ({ 'kubernetes.io/change-cause': cause })

export const cases: readonly Case[] = [
  {
    name: 'a workload that satisfies strict',
    policy: strict,
    object: workload({}),
    companions: [budget({ maxUnavailable: 1 })],
    atWebhook: 'admit',
    inFiles: 'admit',
  },
  {
    name: '25 % of 4 both ways, and a bare container',
    policy: strict,
    object: workload({ strategy: unsafe, container: bare }),
    atWebhook: 'deny',
    inFiles: 'deny',
  },
  {
    name: 'no surge and a percentage that rounds to 0',
    policy: strict,
    object: workload({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%', maxSurge: 0 } } }),
    companions: [budget({ maxUnavailable: 1 })],
    atWebhook: 'deny',
    inFiles: 'deny',
  },
  {
    name: '25 % that an autoscaler takes to 8',
    policy: strict,
    object: workload({ replicas: 2, strategy: unsafe }),
    companions: [autoscaler, budget({ maxUnavailable: 1 })],
    atWebhook: 'admit',
    inFiles: 'deny',
  },
  {
    name: 'Recreate behind a Service',
    policy: strict,
    object: workload({ strategy: { type: 'Recreate' } }),
    companions: [service, budget({ maxUnavailable: 1 })],
    atWebhook: 'deny',
    inFiles: 'deny',
  },
  {
    name: 'Recreate with an acknowledgement',
    policy: strict,
    object: workload({ strategy: { type: 'Recreate' }, annotations: exemption('disallow-recreate') }),
    companions: [service, budget({ maxUnavailable: 1 })],
    atWebhook: 'admit',
    inFiles: 'admit',
  },
  {
    name: 'a hook that uses up the grace period',
    policy: strict,
    object: workload({ pod: { terminationGracePeriodSeconds: 10 } }),
    companions: [budget({ maxUnavailable: 1 })],
    atWebhook: 'deny',
    inFiles: 'deny',
  },
  {
    name: 'no budget among those that are known',
    policy: strict,
    object: workload({}),
    companions: [
      {
        ...budget({ maxUnavailable: 1 }),
        metadata: { name: 'other' },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'other' } } },
      },
    ],
    atWebhook: 'admit',
    inFiles: 'deny',
  },
  {
    name: 'rules that warn or are only audited',
    policy: { rules: { 'limit-max-unavailable': 'warn', 'require-readiness-probe': 'audit' } },
    object: workload({ strategy: unsafe, container: bare }),
    atWebhook: 'warn',
    inFiles: 'warn',
  },
  {
    name: 'a StatefulSet, which may take one down',
    policy: strict,
    object: workload({ kind: 'StatefulSet', replicas: 3 }),
    companions: [budget({ maxUnavailable: 1 })],
    atWebhook: 'admit',
    inFiles: 'admit',
  },
  {
    name: 'a DaemonSet that takes two down',
    policy: strict,
    object: workload({
      kind: 'DaemonSet',
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2, maxSurge: 0 } },
    }),
    atWebhook: 'deny',
    inFiles: 'deny',
  },
  {
    name: 'a budget that lets nobody go',
    policy: strict,
    object: budget({ maxUnavailable: 0 }),
    atWebhook: 'deny',
    inFiles: 'deny',
  },
  {
    name: 'a budget that lets nobody of 2 go',
    policy: strict,
    object: budget({ minAvailable: 2 }),
    companions: [workload({ replicas: 2 })],
    atWebhook: 'admit',
    inFiles: 'deny',
  },
  {
    name: 'a new image with a new cause',
    policy: strict,
    old: workload({}),
    object: workload({ container: next, annotations: told('release 1.1.0') }),
    atWebhook: 'admit',
  },
  {
    name: 'a new image with the old cause',
    policy: strict,
    old: workload({}),
    object: workload({ container: next }),
    atWebhook: 'deny',
  },
  {
    name: 'a new image where probes were missing before',
    policy: strict,
    old: workload({ container: bare }),
    object: workload({ container: { ...bare, ...next }, annotations: told('release 1.1.0') }),
    atWebhook: 'warn',
  },
  {
    name: 'a new image under an exemption that has ended',
    policy: strict,
    old: workload({ strategy: unsafe, annotations: ended('limit-max-unavailable') }),
    object: workload({
      strategy: unsafe,
      container: next,
      annotations: { ...ended('limit-max-unavailable'), ...told('release 1.1.0') },
    }),
    atWebhook: 'deny',
  },
  {
    name: 'a probe that goes away',
    policy: strict,
    old: workload({}),
    object: workload({ container: { readinessProbe: null, ...next }, annotations: told('release 1.1.0') }),
    atWebhook: 'deny',
  },
  {
    name: 'more replicas of something unsafe',
    policy: strict,
    old: workload({ strategy: unsafe, replicas: 3 }),
    object: workload({ strategy: unsafe, replicas: 9 }),
    atWebhook: 'warn',
  },
  {
    name: 'a strategy that becomes unsafe',
    policy: strict,
    old: workload({}),
    object: workload({ strategy: unsafe }),
    atWebhook: 'deny',
  },
]

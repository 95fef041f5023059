import { quantityPattern } from '../kube/quantity.ts'

/** JSON schemas of what is read from objects, so that readers and rules can trust the types. The API server holds the rest. */

// Null is what a template renders for an empty value; to the API server it is as good as absent.
const int = { type: 'integer', nullable: true } as const
const string = { type: 'string', nullable: true } as const
const name = { type: 'string' } as const
const intOrPercent = { type: ['integer', 'string', 'null'], pattern: '^[0-9]+%$', minimum: 0 } as const
const portNumberOrName = { type: ['integer', 'string', 'null'] } as const
const quantities = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'null'], pattern: quantityPattern },
  nullable: true,
} as const
const strings = { type: 'array', items: name, nullable: true } as const
const stringMap = { type: 'object', additionalProperties: string, nullable: true } as const

function object(properties: object, required: readonly string[] = []): object {
  return { type: 'object', properties, required, nullable: true }
}

function list(items: object): object {
  return { type: 'array', items, nullable: true }
}

function defined(name: string): object {
  return { $ref: `definitions#/$defs/${name}` }
}

const resources = object({ requests: quantities, limits: quantities })

const handler = {
  httpGet: object({
    path: string,
    port: portNumberOrName,
    scheme: string,
    host: string,
    httpHeaders: list({ ...object({ name, value: string }, ['name']), nullable: false }),
  }),
  tcpSocket: object({ port: portNumberOrName, host: string }),
  grpc: object({ port: int, service: string }),
  exec: object({ command: strings }),
}

const probeShape = object({
  ...handler,
  initialDelaySeconds: int,
  periodSeconds: int,
  timeoutSeconds: int,
  successThreshold: int,
  failureThreshold: int,
  terminationGracePeriodSeconds: int,
})

const hookShape = object({ ...handler, sleep: object({ seconds: int }) })

const containerShape = {
  ...object(
    {
      name,
      image: string,
      command: strings,
      ports: list({
        ...object({ name: string, containerPort: int, hostPort: int, protocol: string }),
        nullable: false,
      }),
      env: list({ ...object({ name }), nullable: false }),
      readinessProbe: defined('probe'),
      livenessProbe: defined('probe'),
      startupProbe: defined('probe'),
      lifecycle: object({ preStop: defined('hook'), postStart: defined('hook') }),
      restartPolicy: string,
      resources: defined('resources'),
    },
    ['name'],
  ),
  nullable: false,
}

const metadata = object({ labels: stringMap, annotations: stringMap })

const objectMetadata = object({
  labels: stringMap,
  annotations: stringMap,
  creationTimestamp: { type: 'string', nullable: true },
  ownerReferences: list({
    ...object({ kind: string, name: string, controller: { type: 'boolean', nullable: true } }),
    nullable: false,
  }),
  managedFields: list({
    ...object({ manager: string, operation: string, subresource: string, fieldsV1: object({}) }),
    nullable: false,
  }),
})

const podTemplateShape = object({
  metadata,
  spec: object({
    containers: list(defined('container')),
    initContainers: list(defined('container')),
    terminationGracePeriodSeconds: int,
    resources: defined('resources'),
    nodeSelector: stringMap,
    volumes: list({
      type: 'object',
      properties: { name, persistentVolumeClaim: object({}), image: object({ reference: string }) },
    }),
    tolerations: list({
      ...object({ key: string, operator: string, value: string, effect: string }),
      nullable: false,
    }),
  }),
})

const selectorShape = object({
  matchLabels: stringMap,
  matchExpressions: list({
    type: 'object',
    properties: { key: name, operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] }, values: strings },
    required: ['key', 'operator'],
  }),
})

const metricShape = object({ name: string, container: string, target: object({ type: string }) })

const selector = defined('selector')
const template = defined('podTemplate')
const budget = { maxUnavailable: intOrPercent, maxSurge: intOrPercent }
const strategyShape = object({ type: string, rollingUpdate: object(budget) })
const strategy = defined('strategy')
const count = { type: 'integer', minimum: 0, nullable: true } as const
const common = { selector, template, revisionHistoryLimit: count, minReadySeconds: count }
const deadline = { progressDeadlineSeconds: count }

function kind(spec: object, required: readonly string[] = []): object {
  return {
    type: 'object',
    properties: { metadata: defined('objectMetadata'), spec: { ...object(spec, required), nullable: false } },
    required: ['spec'],
  }
}

/** What the shapes of several kinds refer to. */
export const definitions = {
  $id: 'definitions',
  $defs: {
    probe: probeShape,
    hook: hookShape,
    resources,
    container: containerShape,
    podTemplate: podTemplateShape,
    selector: selectorShape,
    objectMetadata,
    strategy: strategyShape,
  },
}

/** By group and kind; a kind that is not here is not judged and not read. */
export const shapes: Readonly<Record<string, object>> = {
  'Deployment.apps': kind({ ...common, ...deadline, replicas: count, strategy }, ['template']),
  'StatefulSet.apps': kind({ ...common, replicas: count, updateStrategy: strategy }, ['template']),
  'DaemonSet.apps': kind({ ...common, updateStrategy: strategy }, ['template']),
  'Rollout.argoproj.io': kind({
    ...common,
    ...deadline,
    progressDeadlineAbort: { type: 'boolean', nullable: true },
    replicas: count,
    workloadRef: object({ kind: string, name: string }),
    strategy: object({ canary: object({ ...budget, trafficRouting: object({}) }), blueGreen: object({}) }),
  }),
  'PodDisruptionBudget.policy': kind({
    minAvailable: intOrPercent,
    maxUnavailable: intOrPercent,
    selector,
  }),
  'HorizontalPodAutoscaler.autoscaling': kind({
    minReplicas: int,
    maxReplicas: int,
    scaleTargetRef: object({ apiVersion: string, kind: string, name: string }),
    metrics: list({ type: 'object', properties: { resource: metricShape, containerResource: metricShape } }),
  }),
  LimitRange: kind({
    limits: list({
      type: 'object',
      properties: { type: string, max: quantities, min: quantities, default: quantities, defaultRequest: quantities },
    }),
  }),
  Service: kind({
    type: string,
    clusterIP: string,
    selector: stringMap,
    ports: list({ type: 'object', properties: { port: int, targetPort: portNumberOrName, protocol: string } }),
  }),
  Node: {
    type: 'object',
    properties: {
      metadata,
      spec: object({
        taints: list({ type: 'object', properties: { key: name, value: string, effect: string }, required: ['key'] }),
      }),
    },
  },
}

import { containerShape, hookShape, metadata, podTemplateShape, probeShape, resourcesShape } from './pod-shape.ts'
import {
  bool,
  bounded,
  defined,
  int,
  intOrPercent,
  list,
  name,
  object,
  portNumberOrName,
  quantities,
  string,
  stringMap,
  strings,
} from './shape-parts.ts'

/** JSON schemas of what is read from objects, so that readers and rules can trust the types. The API server holds the rest. */

const objectMetadata = object({
  labels: stringMap,
  annotations: stringMap,
  name: { type: 'string', nullable: true },
  generateName: { type: 'string', nullable: true },
  namespace: { type: 'string', nullable: true },
  creationTimestamp: { type: 'string', nullable: true },
  generation: int,
  ownerReferences: list({
    ...object({ kind: string, name: string, controller: bool }),
    nullable: false,
  }),
  managedFields: bounded({
    ...object({ manager: string, operation: string, subresource: string, time: string, fieldsV1: object({}) }),
    nullable: false,
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

const scaleTargetRef = object({ apiVersion: string, kind: string, name: string })
const selector = defined('selector')
const template = defined('podTemplate')
const budget = { maxUnavailable: intOrPercent, maxSurge: intOrPercent }
const strategyShape = object({ type: string, rollingUpdate: object(budget) })
const strategy = defined('strategy')
const count = { type: 'integer', minimum: 0, nullable: true } as const
const common = { selector, template, revisionHistoryLimit: count, minReadySeconds: count }
/** The template of pods of which only the labels are looked at. */
const labelled = object({ metadata })
const deadline = { progressDeadlineSeconds: count }

function kind(spec: object, required: readonly string[] = [], status: object = {}): object {
  return {
    type: 'object',
    properties: { metadata: defined('objectMetadata'), spec: { ...object(spec, required), nullable: false }, status },
    required: ['spec'],
  }
}

/** What the shapes of several kinds refer to by name. A schema each: ajv compiles parts of one anew for every kind. */
export const definitions: Readonly<Record<string, object>> = {
  probe: probeShape,
  hook: hookShape,
  resources: resourcesShape,
  container: containerShape,
  podTemplate: podTemplateShape,
  selector: selectorShape,
  objectMetadata,
  strategy: strategyShape,
}

/** By group and kind, every kind that a rule judges or looks at; objects of others come in unchecked. */
export const shapes: Readonly<Record<string, object>> = {
  'Deployment.apps': kind({ ...common, ...deadline, replicas: count, strategy }, ['template']),
  'StatefulSet.apps': kind({ ...common, replicas: count, updateStrategy: strategy }, ['template']),
  'DaemonSet.apps': kind({ ...common, updateStrategy: strategy }, ['template']),
  'Rollout.argoproj.io': kind({
    ...common,
    ...deadline,
    progressDeadlineAbort: bool,
    replicas: count,
    workloadRef: object({ kind: string, name: string }),
    strategy: object({
      canary: object({ ...budget, trafficRouting: object({}), dynamicStableScale: bool }),
      blueGreen: object({}),
    }),
  }),
  'CronJob.batch': kind({ suspend: bool, jobTemplate: object({ spec: object({ template: labelled }) }) }),
  'Job.batch': kind({ suspend: bool, template: labelled }),
  'ReplicaSet.apps': {
    type: 'object',
    properties: { metadata: defined('objectMetadata'), spec: object({ template: labelled }) },
  },
  Pod: { type: 'object', properties: { metadata: defined('objectMetadata') } },
  'PodDisruptionBudget.policy': kind(
    {
      minAvailable: intOrPercent,
      maxUnavailable: intOrPercent,
      selector,
    },
    [],
    object({ expectedPods: int }),
  ),
  'HorizontalPodAutoscaler.autoscaling': kind({
    minReplicas: int,
    maxReplicas: int,
    scaleTargetRef,
    metrics: list({ type: 'object', properties: { resource: metricShape, containerResource: metricShape } }),
  }),
  'ScaledObject.keda.sh': kind({
    minReplicaCount: int,
    maxReplicaCount: int,
    scaleTargetRef,
    triggers: list({ type: 'object', properties: { type: string, metricType: string, metadata: stringMap } }),
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
  PersistentVolumeClaim: kind({ accessModes: strings }),
  ResourceQuota: {
    type: 'object',
    properties: {
      metadata: defined('objectMetadata'),
      spec: object({ hard: quantities, scopes: strings, scopeSelector: object({}) }),
      status: object({ used: quantities }),
    },
  },
}

import type { KubeObject } from '../model/object.ts'

interface Trigger {
  readonly type?: string | null
  readonly metricType?: string | null
  readonly metadata?: { readonly containerName?: string } | null
}

interface ScaledObjectSpec {
  readonly minReplicaCount?: number | null
  readonly maxReplicaCount?: number | null
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string; readonly apiVersion?: string } | null
  readonly triggers?: readonly Trigger[] | null
}

/** Of what is outside of the pods an autoscaler needs no requests. */
function metricOf({ type, metricType, metadata }: Trigger): object {
  if (type !== 'cpu' && type !== 'memory') return {}
  const resource = { name: type, target: { type: metricType ?? null } }
  const container = metadata?.containerName
  return container === undefined ? { resource } : { containerResource: { ...resource, container } }
}

/**
 * The HorizontalPodAutoscaler that KEDA makes of a ScaledObject, so that files are judged as their cluster will be: never for fewer
 * than 1 pod, as KEDA itself takes the last one away (keda/v2, getHPAMinReplicas, getHPAMaxReplicas, newHPAForScaledObject).
 */
export function kedaAutoscaler({ metadata, ...scaledObject }: KubeObject): KubeObject {
  const { minReplicaCount, maxReplicaCount, scaleTargetRef, triggers }: ScaledObjectSpec = scaledObject['spec'] ?? {}
  const { kind, name = '', apiVersion } = scaleTargetRef ?? {}
  const spec = {
    minReplicas: minReplicaCount || 1,
    maxReplicas: maxReplicaCount ?? 100,
    scaleTargetRef: { kind: kind || 'Deployment', name, apiVersion: apiVersion || 'apps/v1' },
    // Without any it would go by cpu.
    metrics: [{}, ...(triggers ?? []).map(metricOf)],
  }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, name: `keda-hpa-${metadata.name ?? ''}` },
    spec,
  }
}

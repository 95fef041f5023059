import type { IntOrPercent, LabelSelector } from '../model/object.ts'
import type { PodTemplate, Workload } from '../model/workload.ts'

/** The part of a workload's spec that all kinds share; null is what YAML makes of an empty value, and means absent. */
export interface WorkloadSpec {
  readonly replicas?: number | null
  readonly selector?: LabelSelector | null
  readonly template?: PodTemplate | null
}

export interface BudgetSpec {
  readonly maxUnavailable?: IntOrPercent | null
  readonly maxSurge?: IntOrPercent | null
}

/** `strategy` of a Deployment, `updateStrategy` of a StatefulSet or DaemonSet. */
export interface StrategySpec {
  readonly type?: string | null
  readonly rollingUpdate?: BudgetSpec | null
}

/** What a kind's reader fills in; the rest is the same for every kind. */
export type KindFacts = Omit<Workload, 'object' | 'groupKind' | 'name' | 'namespace' | 'selector' | 'template'>

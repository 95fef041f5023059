import type { ClusterView } from './cluster-view.ts'
import type { Finding } from './finding.ts'
import type { GroupKind, Json, KubeObject } from './object.ts'
import type { RequestInfo } from './request.ts'
import type { Workload } from './workload.ts'

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'
export type Enforcement = 'deny' | 'warn' | 'audit' | 'off'
export type Category = 'availability' | 'health' | 'shutdown' | 'disruption' | 'traceability'

/** The presets by name; `recommended` has one column an environment. */
export type PresetColumn = 'strict' | 'production' | 'staging' | 'development'

/** A closed JSON schema of a rule's params; every property has a description, optional ones a default. */
export interface ParamsSchema<P> {
  readonly type: 'object'
  readonly additionalProperties: false
  readonly properties: { readonly [K in keyof P]-?: ParamSchema }
}

export interface ParamSchema {
  readonly description: string
  readonly type?: 'integer' | 'string' | 'array'
  readonly enum?: readonly string[]
  readonly items?: { readonly type: 'string'; readonly minLength?: number }
  readonly format?: 'regex'
  readonly minimum?: number
  readonly minItems?: number
  readonly minLength?: number
  readonly default?: Json
}

/** All that a rule may know besides its subject. `now` is milliseconds since the epoch. */
export interface RuleContext<P> {
  readonly params: P
  readonly view: ClusterView
  readonly request?: RequestInfo
  /** The policy's environment, e.g. `production`. */
  readonly environment?: string
  readonly now: number
}

/** The rule does not apply here, or cannot be judged from what is known; never the same as a pass. */
export interface Skip {
  readonly skip: string
}

export type CheckResult = readonly Finding[] | Skip

interface RuleFacts<P> {
  readonly id: string
  /** The good, as a statement: "A rolling update keeps every replica available". */
  readonly title: string
  /** The outage it prevents. */
  readonly why: string
  /** An imperative that ends in a period. */
  readonly remedy: string
  readonly category: Category
  readonly severity: Severity
  /** Kinds whose writes can break what was judged of another object. */
  readonly affectedBy: readonly GroupKind[]
  /** Kinds without which it is skipped. */
  readonly needs: readonly GroupKind[]
  /** Kinds it looks at when they are known. */
  readonly uses: readonly GroupKind[]
  readonly params: ParamsSchema<P>
  readonly presets: Readonly<Record<PresetColumn, Enforcement>>
  /** Params of `recommended` where they differ from the schema's defaults. */
  readonly recommendedParams?: Partial<P>
  /** Whether its fix may be applied by the webhook where the author chose nothing. */
  readonly fixable: boolean
  /** `change`: it judges this rollout, so what the old object lacked is no excuse. */
  readonly about: 'state' | 'change'
}

export interface WorkloadRule<P extends object = object> extends RuleFacts<P> {
  readonly judges: 'workload'
  check(workload: Workload, context: RuleContext<P>): CheckResult
}

export interface KindRule<P extends object = object> extends RuleFacts<P> {
  readonly judges: GroupKind
  check(object: KubeObject, context: RuleContext<P>): CheckResult
}

export type Rule = WorkloadRule | KindRule

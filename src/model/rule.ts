import type { ClusterView } from './cluster-view.ts'
import type { Finding, Fix } from './finding.ts'
import type { GroupKind, Json, JsonPointer, KubeObject } from './object.ts'
import type { RequestInfo } from './request.ts'
import type { Workload } from './workload.ts'

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'
export type Enforcement = 'deny' | 'warn' | 'audit' | 'off'
export type Category = 'availability' | 'health' | 'shutdown' | 'disruption' | 'traceability'

/** The systems of `policies/` whose documents ask for what rules ask. */
export type Pack = 'aks-gitops' | 'applyforus' | 'endpoint-stats' | 'feastflow' | 'sample-api'

/** Tools that teams come from, with checks of their own. */
export type OtherTool = 'kube-linter' | 'kube-score' | 'polaris' | 'gatekeeper-library' | 'kyverno'

/** The presets by name; `recommended` has one column an environment. */
export type PresetColumn = 'strict' | 'production' | 'staging' | 'development'

/** A closed JSON schema of a rule's params; every property has a description, optional ones a default. */
export interface ParamsSchema<P> {
  readonly type: 'object'
  readonly additionalProperties: false
  readonly properties: { readonly [K in keyof P]-?: ParamSchema }
}

/** What every param says of itself; without a default it may be left out. */
interface DescribedParam {
  readonly description: string
  readonly default?: Json
}

/** A param without parts. */
export interface PlainParam extends DescribedParam {
  readonly type?: 'integer' | 'string' | 'boolean' | 'array'
  readonly enum?: readonly string[]
  readonly items?: { readonly type: 'string'; readonly minLength?: number }
  readonly format?: 'regex'
  readonly minimum?: number
  readonly minItems?: number
  readonly minLength?: number
}

/** A closed object of params, or a number in its place. */
export interface ObjectParam extends DescribedParam {
  readonly type: 'object' | readonly ['integer', 'object']
  /** Of the number. */
  readonly minimum?: number
  readonly minProperties?: number
  readonly additionalProperties: false
  readonly properties: Readonly<Record<string, ParamSchema>>
}

/** Any names, each with a param of the same schema. */
export interface NamedParams extends DescribedParam {
  readonly type: 'object'
  readonly additionalProperties: ParamSchema
}

export type ParamSchema = PlainParam | ObjectParam | NamedParams

/** All that a rule may know besides its subject. `now` is milliseconds since the epoch. */
export interface RuleContext<P> {
  readonly params: P
  readonly view: ClusterView
  /** Whether an author chose the field's value, as opposed to an API default filled in or nothing at all. */
  readonly wrote: (path: JsonPointer) => boolean
  /** Whether a manifest or a field manager applies it, so that it comes back with the next apply: what the webhook filled in is not. */
  readonly isApplied: (path: JsonPointer) => boolean
  /** Whether it is known that no author chose it; of an object that was created without apply, nobody knows of a default. */
  readonly omitted: (path: JsonPointer) => boolean
  /** Whether the object is as its author wrote it: the API server has neither filled in defaults nor dropped what it does not know. */
  readonly asWritten: boolean
  readonly request?: RequestInfo | undefined
  /** The policy's environment, e.g. `production`. */
  readonly environment?: string | undefined
  readonly now: number
}

/** The rule does not apply here, or cannot be judged from what is known; never the same as a pass. */
export interface Skip {
  readonly skip: string
}

/** No finding is a pass. */
export type CheckResult = readonly Finding[] | Skip

/**
 * Who may apply a rule's fix: `safe`: the webhook by default; `admission`: the same, but never offered for files;
 * `opt-in`: the webhook where a policy says so; `offer`: only the command line proposes it; `none`: there is none.
 */
export type FixClass = 'safe' | 'admission' | 'opt-in' | 'offer' | 'none'

/**
 * What a rule judges: `limit`: state that fixes of other rules may bring, so that its own come after theirs; `change`: this rollout,
 * so that what the old object lacked is no excuse, and its fix comes when it is known what the others leave of the change.
 */
export type About = 'state' | 'limit' | 'change'

/** Something wrong with params that their schema cannot say. `path` points into the params. */
export interface ParamFault {
  readonly path: JsonPointer
  readonly message: string
}

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
  /** Of params that the schema accepts: what nothing could ever satisfy. */
  paramFaults?(params: P): readonly ParamFault[]
  readonly presets: Readonly<Record<PresetColumn, Enforcement>>
  /** Params of `recommended` where they differ from the schema's defaults. */
  readonly recommendedParams?: Partial<P>
  readonly fix: FixClass
  readonly about: About
  readonly demandedBy: readonly Pack[]
  /** Checks of other tools, by their ids, that ask for the same or for a part of it. */
  readonly alike: Readonly<Partial<Record<OtherTool, readonly string[]>>>
}

export interface WorkloadRule<P extends object = object> extends RuleFacts<P> {
  readonly judges: 'workload'
  check(workload: Workload, context: RuleContext<P>): CheckResult
  /**
   * What the webhook does beside the findings: it writes down what holds today, but only because of the replica count or the like, or
   * takes away what it filled in and its author leaves no room for. Of several ways it goes the first that it may.
   */
  settle?(workload: Workload, context: RuleContext<P>): readonly Fix[]
  /** Where its fixes write: what was filled in there goes when the object is exempt. */
  fillsIn?(workload: Workload): readonly JsonPointer[]
}

/** A kind other than workloads that a rule may judge. */
export type JudgedKind = `${string}.${string}` | 'Service'

export interface KindRule<P extends object = object> extends RuleFacts<P> {
  readonly judges: JudgedKind
  check(object: KubeObject, context: RuleContext<P>): CheckResult
}

export type Rule = WorkloadRule | KindRule

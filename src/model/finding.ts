import type { Json, JsonPointer, ObjectRef } from './object.ts'

export type Verdict = 'admit' | 'warn' | 'deny'

/** One RFC 6902 operation; fixes need no other. */
export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: JsonPointer; readonly value: Json }
  | { readonly op: 'remove'; readonly path: JsonPointer }

/** Leaf operations in order; whoever applies them adds missing parents. */
export type Fix = readonly Operation[]

/** A fix as reports show it. `safe`: a policy may let the webhook apply it; `atAdmission`: this policy does, here. */
export interface ReportedFix {
  readonly operations: readonly Operation[]
  readonly safe: boolean
  readonly atAdmission?: true
}

/** What a rule found. `message` says what is wrong here; container, field and rule id are added by the engine. */
export interface Finding {
  readonly message: string
  /** The field at fault, present or not. */
  readonly path: JsonPointer
  readonly container?: string
  /** What else the field is at odds with, e.g. a Service's port: tells findings at the same field apart. Not for display. */
  readonly against?: string
  /**
   * How bad it is, in the rule's own unit and whatever its params: higher is worse. A change that makes it higher is not excused by what was
   * wrong before. Left out where there is no more and less.
   */
  readonly degree?: number
  readonly fix?: Fix
}

/** A finding as reports show it: message complete, path cut back to what is really in the object. */
export interface ReportedFinding {
  readonly message: string
  /** What is wrong, whole, without container, field and rule. */
  readonly sentence: string
  /**
   * The field at fault, present or not, with its container by name: `spec.template.spec.containers[web].image`. It stays the same when
   * lines move, values change and containers change places.
   */
  readonly field: string
  readonly path: JsonPointer
  readonly container?: string
  /** How bad, as the rule measures it; for what compares runs, not for display. */
  readonly degree?: number
  /** Set when another object than the one judged carries the finding (a budget that a workload's write breaks). */
  readonly object?: ObjectRef
  readonly fix?: ReportedFix
  /** What it means for the object: `admit` when it is exempt or only audited. */
  readonly verdict: Verdict
  /** The old object had it already, and claimed no exemption from the rule. */
  readonly known?: true
  /** A baseline has it. */
  readonly baselined?: true
  readonly exempt?: { readonly until: string; readonly reason: string }
}

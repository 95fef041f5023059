import type { ReportedFinding, Verdict } from './finding.ts'
import type { ObjectRef } from './object.ts'
import type { ChangeKind } from './request.ts'
import type { Enforcement, Severity } from './rule.ts'

interface ResultFacts {
  readonly policy: string
  readonly rule: string
  /** After `enforceAfter`. */
  readonly enforcement: Exclude<Enforcement, 'off'>
  readonly severity: Severity
}

/** A rule that lacks what it needs is `skip`, one that throws is `error`: neither is ever `pass`. */
export type RuleResult = ResultFacts &
  (
    | { readonly status: 'pass' }
    | { readonly status: 'fail'; readonly findings: readonly ReportedFinding[] }
    | { readonly status: 'skip'; readonly reason: string }
    | { readonly status: 'error'; readonly error: string; readonly verdict: Verdict }
  )

/** Everything one object's rules said, in policy and rule order, and what follows from it. */
export interface Evaluation {
  readonly object: ObjectRef
  readonly change?: ChangeKind
  /** Those meant for the object; `unknown` if they may be, by its namespace: their rules skip. */
  readonly policies: readonly { readonly name: string; readonly matching: 'yes' | 'unknown' }[]
  readonly results: readonly RuleResult[]
  readonly decision: Verdict
  /** Why a request is let through whatever was found, e.g. `scale` or `bypass: ops (INC-42)`. */
  readonly waived?: string
}

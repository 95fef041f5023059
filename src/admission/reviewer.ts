import type { Operation, Verdict } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { ChangeKind, UserInfo } from '../model/request.ts'
import type { Enforcement } from '../model/rule.ts'

/** The two endpoints; also the value of the `path` label and log field. */
export type ReviewPath = 'validate' | 'mutate'

/** What every AdmissionRequest tells, judged or not. `namespace` and `name` are `''` where the API server has none. */
export interface ReviewFacts {
  readonly uid: string
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly subResource: string
  readonly namespace: string
  readonly name: string
  readonly user: UserInfo
  readonly dryRun: boolean
}

/** What a workload's controller keeps of earlier templates, or why it could not be read. */
export type Revisions = { readonly objects: readonly KubeObject[] } | { readonly problem: string }

/** Reads them within so many milliseconds; never rejects. */
export type FindRevisions = (request: ReviewRequest, milliseconds: number) => Promise<Revisions>

/** A write of a whole object: all that a Reviewer is ever asked about. Fields below `metadata` are as the client sent them. */
export interface ReviewRequest extends ReviewFacts {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly object: KubeObject
  readonly oldObject: KubeObject | undefined
  readonly fieldManager: string | undefined
  /** Absent as long as nobody has asked for them. */
  readonly revisions?: Revisions
}

interface Outcome {
  /** Ids of rules that threw. */
  readonly ruleErrors: readonly string[]
  readonly change?: ChangeKind | undefined
  /** Whether it could be another one if the revisions were known: a way back is neither refused nor altered. */
  readonly mayBeRollback?: boolean
}

export interface ValidateOutcome extends Outcome {
  /** `deny` refuses the request; `warn` and `admit` let it through. */
  readonly decision: Verdict
  /** One line each; made printable and bounded before they are sent. */
  readonly warnings: readonly string[]
  /** What the requester reads on `deny`; may have several lines, must stand alone. */
  readonly message?: string | undefined
  readonly policies: readonly string[]
  readonly findings: readonly { readonly rule: string; readonly enforcement: Enforcement }[]
  /** Why the request is let through whatever was found. */
  readonly waived?: string | undefined
}

/** An object that rules cannot read; its failure policy decides. */
export interface Unreadable {
  /** The field and what it must be: `spec.replicas must be integer`. */
  readonly complaint: string
}

export interface MutateOutcome extends Outcome {
  /** The whole patch, parents included: applied strictly, in order, to `request.object`. */
  readonly operations: readonly Operation[]
  /** Ids of the rules whose fixes are in the patch. */
  readonly fixes: readonly string[]
}

/** The engine as the webhook sees it: pure and synchronous; may throw, then the failure policy decides. */
export interface Reviewer {
  validate(request: ReviewRequest): ValidateOutcome | Unreadable
  mutate(request: ReviewRequest): MutateOutcome
}

/** What it means for a request that it was not judged. */
export type FailurePolicyOf = (request: ReviewRequest) => 'Fail' | 'Ignore'

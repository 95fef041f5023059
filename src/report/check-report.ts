import type { ReportedFix } from '../model/finding.ts'
import type { JsonPointer } from '../model/object.ts'
import type { Evaluation, RuleResult } from '../model/result.ts'

export interface ReportPosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `document` counts those of the text that was read: what `rendered` names, if the file is one that a tool made it from. */
export interface ReportSource {
  readonly file: string
  readonly document: number
  readonly line: number
  /** As Helm or Kustomize name what they made the object from. */
  readonly origin?: { readonly file: string } | undefined
  readonly rendered?: string
}

/** Text that is to stand where other text stands; the end is after its last character, and the two are the same where only text is added. */
export interface ReportChange {
  readonly from: { readonly line: number; readonly column: number }
  readonly to: { readonly line: number; readonly column: number }
  readonly text: string
}

/** One object's evaluation and, if it came from a file, where from. */
export interface JudgedObject {
  readonly evaluation: Evaluation
  readonly source?: ReportSource
  readonly positionOf?: (path: JsonPointer) => ReportPosition
  /** The line of text that stands there. */
  readonly quoteOf?: (path: JsonPointer) => string
  /** What an author could change in the file to be rid of a finding, if that can be told. */
  readonly changesOf?: (fix: ReportedFix) => readonly ReportChange[] | undefined
}

/** Something that could not be judged. */
export interface ReportError {
  readonly code: string
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** The line of text at fault. */
  readonly quote?: string
}

/** What a run of `check` or `audit` found; `seen` counts all objects, judged or not. */
export interface CheckReport {
  readonly objects: readonly JudgedObject[]
  readonly errors: readonly ReportError[]
  readonly seen: number
  /** Charts and kustomizations that only their own tools can read. */
  readonly unrendered?: number
  /** Objects in namespaces of Kubernetes itself that an audit passes over, though policies are meant for them. */
  readonly leftOut?: number
}

export interface Summary {
  readonly seen: number
  readonly objects: number
  readonly denied: number
  readonly warned: number
  readonly pass: number
  readonly fail: number
  readonly skip: number
  readonly error: number
  /** Findings that an exemption covers. */
  readonly exempt: number
  /** Admitted objects that no policy is meant for; set when it is not 0, as all that follow. */
  readonly unmatched?: number
  /** Admitted objects of which their namespace would tell whether a policy is meant for them. */
  readonly undecided?: number
  /** Objects that name no namespace, though it would tell whether a policy is meant for them. */
  readonly unplaced?: number
  /** Findings that a baseline covers. */
  readonly baselined?: number
  readonly unrendered?: number
  readonly leftOut?: number
}

/** What `policies` says of whether any is meant for the object. */
function meantFor({ policies }: Evaluation): 'yes' | 'unknown' | 'no' {
  if (policies.some(({ matching }) => matching === 'yes')) return 'yes'
  return policies.length > 0 ? 'unknown' : 'no'
}

function isUnplaced({ object, policies }: Evaluation): boolean {
  return !object.namespace && policies.some(({ matching }) => matching === 'unknown')
}

/** Of counts that are mostly 0, the others. */
function some<T extends Readonly<Record<string, number>>>(counts: T): Partial<T> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)) as Partial<T>
}

/** Counts of objects by decision, of results by status, of exempt findings. */
export function summaryOf({ objects, seen, unrendered = 0, leftOut = 0 }: CheckReport): Summary {
  const evaluations = objects.map(({ evaluation }) => evaluation)
  const decided = (verdict: string) => evaluations.filter(({ decision }) => decision === verdict)
  const admitted = decided('admit').map(meantFor)
  const results = evaluations.flatMap((evaluation) => evaluation.results)
  const findings = results.flatMap((result) => (result.status === 'fail' ? result.findings : []))
  const count = (status: RuleResult['status']) => results.filter((result) => result.status === status).length
  return {
    seen,
    objects: objects.length,
    denied: decided('deny').length,
    warned: decided('warn').length,
    pass: count('pass'),
    fail: count('fail'),
    skip: count('skip'),
    error: count('error'),
    exempt: findings.filter(({ exempt }) => exempt !== undefined).length,
    ...some({
      unmatched: admitted.filter((meant) => meant === 'no').length,
      undecided: admitted.filter((meant) => meant === 'unknown').length,
      unplaced: evaluations.filter(isUnplaced).length,
      baselined: findings.filter(({ baselined }) => baselined).length,
      unrendered,
      leftOut,
    }),
  }
}

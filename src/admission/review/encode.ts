import type { MutateOutcome, ValidateOutcome } from '../reviewer.ts'

/** Of one response; the API server cuts every warning of a request to 256 characters once they pass 4096 in all. */
const maxWarnings = 20
const maxWarning = 120
const maxMessage = 8192
const maxAnnotation = 1024

/** `code` and `reason` as `metav1.Status` has them; kubectl prints "Error from server (REASON): …". */
export interface Refusal {
  readonly code: number
  readonly reason: string
  readonly message: string
}

/** Lets a request through untouched: nothing in it is to be judged. */
export function admitReview(uid: string): string {
  return review({ uid, allowed: true })
}

export function refuseReview(uid: string, refusal: Refusal): string {
  return review({ uid, allowed: false, status: statusOf(refusal) })
}

/** For a review that could not be judged: a refusal, or a warning. `cause` is for the audit log. */
export function unjudgedReview(uid: string, cause: string, answer: Refusal | { readonly warning: string }): string {
  if ('warning' in answer)
    return review({
      uid,
      allowed: true,
      warnings: printable([answer.warning]),
      auditAnnotations: { decision: 'warn', failure: cause },
    })
  return review({
    uid,
    allowed: false,
    status: statusOf(answer),
    auditAnnotations: { decision: 'deny', failure: cause },
  })
}

/** Absent fields are left out by `JSON.stringify`. */
export function validateReview(uid: string, outcome: ValidateOutcome): string {
  const { decision, message = 'denied by policy', change, waived } = outcome
  const isDenied = decision === 'deny'
  return review({
    uid,
    allowed: !isDenied,
    status: isDenied ? statusOf({ code: 403, reason: 'Forbidden', message }) : undefined,
    warnings: printable(outcome.warnings),
    auditAnnotations: {
      decision,
      policies: list(outcome.policies),
      findings: list(outcome.findings.map(({ rule }) => rule)),
      change,
      waived: waived === undefined ? undefined : readable(waived, maxAnnotation),
    },
  })
}

export function mutateReview(uid: string, { operations, fixes, change }: MutateOutcome): string {
  const isPatched = operations.length > 0
  return review({
    uid,
    allowed: true,
    patchType: isPatched ? 'JSONPatch' : undefined,
    patch: isPatched ? Buffer.from(JSON.stringify(operations)).toString('base64') : undefined,
    auditAnnotations: { fixes: list(fixes), change },
  })
}

/** A `metav1.Status`, the body of every response that answers no review: the API server shows its message. */
export function statusBody({ code, reason, message }: Refusal): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code })
}

/**
 * The API server prefixes the key of an audit annotation with the webhook's name and a slash, and refuses one that has a slash
 * itself: `decision` becomes `validate.evenkeel.dev/decision`.
 */
interface Response {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: object | undefined
  readonly warnings?: readonly string[] | undefined
  readonly patchType?: 'JSONPatch' | undefined
  readonly patch?: string | undefined
  readonly auditAnnotations?: Readonly<Record<string, string | undefined>>
}

function review(response: Response): string {
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${JSON.stringify(response)}}`
}

function statusOf({ code, reason, message }: Refusal): object {
  return { status: 'Failure', code, reason, message: readable(message, maxMessage) }
}

function printable(warnings: readonly string[]): readonly string[] | undefined {
  if (warnings.length === 0) return undefined
  const lines = [...new Set(warnings.map(warningText))].filter((line) => line !== '')
  const more = lines.length - maxWarnings
  return more > 0 ? [...lines.slice(0, maxWarnings - 1), `... and ${more + 1} more warnings`] : lines
}

/** Printable ASCII, since the API server drops a warning with a control character; a rule id at the end survives the cut. */
function warningText(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/\u00b7/g, '-')
    .replace(/[^ -~]/gu, '?')
    .trim()
  if (line.length <= maxWarning) return line
  const id = / \[[a-z0-9-]{1,60}\]$/.exec(line)?.[0] ?? ''
  return `${line.slice(0, maxWarning - 3 - id.length)}...${id}`
}

/** Without what could play with a terminal: control, formatting and surrogate characters, except the newline. */
function readable(text: string, length: number): string {
  const clean = text.replace(/[^\P{C}\n]|[\u2028\u2029]/gu, '?')
  return clean.length <= length ? clean : `${clean.slice(0, length - 4).trimEnd()}\n...`
}

/** Ids, each once. */
function list(ids: readonly string[]): string | undefined {
  if (ids.length === 0) return undefined
  const text = ids.length === 1 ? String(ids[0]) : [...new Set(ids)].join(',')
  return text.length <= maxAnnotation ? text : `${text.slice(0, maxAnnotation - 3)}...`
}

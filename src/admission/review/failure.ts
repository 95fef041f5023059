import type { Verdict } from '../../model/finding.ts'
import type { FailurePolicyOf, ReviewPath, ReviewRequest, Unreadable } from '../reviewer.ts'
import { type Refusal, unjudgedReview } from './encode.ts'

/** Why a review was not judged: no time was left, the object cannot be read, or the Reviewer threw. */
export type Failure = 'late' | Unreadable | { readonly error: unknown }

/**
 * What a request gets that could not be judged. On `Fail` it is refused, else it passes with a warning. A mutation that is
 * left out refuses nothing: the validating call judges what comes of it.
 */
export function failedReview(
  path: ReviewPath,
  request: ReviewRequest,
  failurePolicyOf: FailurePolicyOf,
  failure: Failure,
): { readonly body: string; readonly decision: Verdict } {
  const { uid } = request
  const cause = causeOf(failure)
  const problem = problemOf(request, failure)
  if (path === 'validate' && policyOf(request, failurePolicyOf) === 'Fail')
    return { body: unjudgedReview(uid, cause, refusalOf(problem, request, failure)), decision: 'deny' }
  const warning = `${problem}; ${path === 'mutate' ? 'no field was filled in' : 'its policy lets it through unjudged'}`
  return { body: unjudgedReview(uid, cause, { warning }), decision: 'warn' }
}

/** As metrics and the audit log name it. */
export function causeOf(failure: Failure): 'late' | 'invalid' | 'error' {
  if (failure === 'late') return failure
  return 'complaint' in failure ? 'invalid' : 'error'
}

function problemOf(request: ReviewRequest, failure: Failure): string {
  const subject = subjectOf(request)
  if (failure === 'late') return `evenkeel had no time left for ${subject}`
  return 'complaint' in failure
    ? `evenkeel cannot read ${subject}: ${failure.complaint}`
    : `evenkeel failed on ${subject}`
}

function policyOf(request: ReviewRequest, failurePolicyOf: FailurePolicyOf): 'Fail' | 'Ignore' {
  try {
    return failurePolicyOf(request)
  } catch {
    return 'Fail'
  }
}

function refusalOf(problem: string, request: ReviewRequest, failure: Failure): Refusal {
  if (failure === 'late')
    return {
      code: 503,
      reason: 'ServiceUnavailable',
      message: `${problem}, and its policy asks for a verdict. Try again.`,
    }
  if ('complaint' in failure)
    return { code: 422, reason: 'Invalid', message: `${problem}. Its policy asks for a verdict.` }
  return {
    code: 500,
    reason: 'InternalError',
    message:
      `${problem}: an internal error of evenkeel, not a fault of the object. ` +
      `Its policy asks for a verdict; the log of evenkeel has the error under uid ${request.uid}.`,
  }
}

function subjectOf({ kind, namespace, name }: ReviewRequest): string {
  return [kind.kind, namespace === '' ? name : `${namespace}/${name}`].filter((part) => part !== '').join(' ')
}

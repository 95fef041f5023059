import type { Verdict } from '../../model/finding.ts'
import type { ChangeKind } from '../../model/request.ts'
import type {
  FailurePolicyOf,
  FindRevisions,
  Reviewer,
  ReviewFacts,
  ReviewPath,
  ReviewRequest,
  ValidateOutcome,
} from '../reviewer.ts'
import { decode } from './decode.ts'
import { admitReview, mutateReview, type Refusal, refuseReview, validateReview } from './encode.ts'
import { type Failure, failedReview } from './failure.ts'
import { patchProblem } from './verify-patch.ts'

/** What log and metrics may know of an answered review: names and ids, never a part of the object. */
export interface ReviewRecord {
  readonly path: ReviewPath
  readonly facts: ReviewFacts
  readonly decision: Verdict
  readonly findings: ValidateOutcome['findings']
  readonly fixes: readonly string[]
  readonly ruleErrors: readonly string[]
  readonly change?: ChangeKind | undefined
  readonly waived?: string | undefined
  /** Set when the failure policy decided instead of the Reviewer. */
  readonly failure?: Failure
  /** Why our own patch was not sent. */
  readonly patchProblem?: string | undefined
  /** Why nobody knows whether it was a rollback. */
  readonly revisionProblem?: string | undefined
}

export type Answer =
  /** HTTP 200 with a review. */
  | { readonly type: 'answered'; readonly body: string; readonly record: ReviewRecord }
  /** HTTP 200 with a refusal: something is wrong in the review itself. */
  | { readonly type: 'malformed'; readonly body: string }
  /** HTTP 400: there is no uid to answer to. */
  | { readonly type: 'unreadable'; readonly refusal: Refusal }

/** Answers one raw body before `deadline`, on the clock of `performance.now()`: at once, unless revisions have to be read first. */
export type Judge = (path: ReviewPath, body: Buffer, deadline: number) => Answer | Promise<Answer>

export interface JudgeOptions {
  readonly reviewer: Reviewer
  readonly failurePolicyOf: FailurePolicyOf
  /** Absent: no cluster can be asked. */
  readonly findRevisions?: FindRevisions
}

type Judged = Extract<Answer, { type: 'answered' }> & { readonly mayBeRollback?: boolean | undefined }

const nothing = { decision: 'admit', findings: [], fixes: [], ruleErrors: [] } as const

/** Whatever the bytes and whatever the Reviewer does, there is an answer: this never throws. */
export function createJudge({ reviewer, failurePolicyOf, findRevisions }: JudgeOptions): Judge {
  const judgeWrite = (path: ReviewPath, request: ReviewRequest): Judged => {
    try {
      if (path === 'mutate') return mutated(reviewer, request)
      const outcome = reviewer.validate(request)
      return 'complaint' in outcome ? failed(path, request, failurePolicyOf, outcome) : validated(outcome, request)
    } catch (error) {
      return failed(path, request, failurePolicyOf, { error })
    }
  }
  const answerWrite = (path: ReviewPath, request: ReviewRequest, deadline: number): Judged | Promise<Judged> => {
    if (performance.now() > deadline) return failed(path, request, failurePolicyOf, 'late')
    const judged = judgeWrite(path, request)
    if (judged.mayBeRollback !== true || findRevisions === undefined) return judged
    const found = findRevisions(request, deadline - performance.now())
    return found.then((revisions) => judgeWrite(path, { ...request, revisions }))
  }
  return (path, raw, deadline) => {
    const decoded = decode(raw)
    switch (decoded.type) {
      case 'write':
        return answerWrite(path, decoded.request, deadline)
      case 'other':
        return {
          type: 'answered',
          body: admitReview(decoded.facts.uid),
          record: { ...nothing, path, facts: decoded.facts },
        }
      case 'malformed':
        return { type: 'malformed', body: refuseReview(decoded.uid, badReview(decoded.problem)) }
      case 'unreadable':
        return { type: 'unreadable', refusal: badReview(decoded.problem) }
    }
  }
}

function validated(outcome: ValidateOutcome, request: ReviewRequest): Judged {
  const { decision, findings, ruleErrors, change, waived, mayBeRollback } = outcome
  const revisionProblem = problemOf(request)
  return {
    type: 'answered',
    body: validateReview(request.uid, outcome),
    record: {
      path: 'validate',
      facts: request,
      decision,
      findings,
      fixes: [],
      ruleErrors,
      change,
      waived,
      revisionProblem,
    },
    mayBeRollback,
  }
}

function mutated(reviewer: Reviewer, request: ReviewRequest): Judged {
  const outcome = reviewer.mutate(request)
  const { operations, ruleErrors, change, mayBeRollback } = outcome
  const problem = operations.length === 0 ? undefined : patchProblem(request.object, operations)
  const sent = problem === undefined ? outcome : { ...outcome, operations: [], fixes: [] }
  return {
    type: 'answered',
    body: mutateReview(request.uid, sent),
    record: {
      ...nothing,
      path: 'mutate',
      facts: request,
      fixes: sent.fixes,
      ruleErrors,
      change,
      patchProblem: problem,
      revisionProblem: problemOf(request),
    },
    mayBeRollback,
  }
}

function problemOf({ revisions }: ReviewRequest): string | undefined {
  return revisions !== undefined && 'problem' in revisions ? revisions.problem : undefined
}

function failed(path: ReviewPath, request: ReviewRequest, failurePolicyOf: FailurePolicyOf, failure: Failure): Judged {
  const { body, decision } = failedReview(path, request, failurePolicyOf, failure)
  return { type: 'answered', body, record: { ...nothing, path, facts: request, decision, failure } }
}

function badReview(problem: string): Refusal {
  return { code: 400, reason: 'BadRequest', message: `evenkeel cannot read this review: ${problem}` }
}

import type { MutateOutcome, Reviewer, ReviewRequest, Unreadable, ValidateOutcome } from '../../admission/reviewer.ts'
import { changeOf } from '../../engine/change.ts'
import { mayDeny } from '../../engine/decide.ts'
import { evaluate } from '../../engine/evaluate.ts'
import { type Fixed, fix } from '../../engine/fix.ts'
import { policiesFor } from '../../engine/match.ts'
import { waiverOf } from '../../engine/waiver.ts'
import { groupKindOf } from '../../kube/group-kind.ts'
import { dotted } from '../../kube/pointer.ts'
import { viewOf } from '../../kube/view-of.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Policy } from '../../model/policy.ts'
import type { RequestInfo } from '../../model/request.ts'
import type { Evaluation } from '../../model/result.ts'
import type { World } from '../../model/world.ts'
import { denyText, warningLines } from '../../report/deny-text.ts'
import { readable } from '../../workloads/readable.ts'
import { shapeError } from '../../workloads/shape-error.ts'
import { isJudged } from '../judge.ts'

/** What the webhook goes by at the moment; policies may be exchanged between two requests. */
export interface ReviewSources {
  readonly policies: () => readonly Policy[]
  readonly now: () => number
}

/** The webhook has no informers yet: what is not in the request is unknown to it, but for the revisions that it asks for. */
const nothingKnown = viewOf([])

/** A CREATE may come without the namespace in the object; the API server tells it beside it. */
function located(object: KubeObject, namespace: string): KubeObject {
  if (namespace === '' || object.metadata.namespace === namespace) return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

function requestOf(review: ReviewRequest, object: KubeObject): RequestInfo {
  const { operation, user, fieldManager, oldObject, revisions } = review
  const view = revisions !== undefined && 'objects' in revisions ? viewOf(revisions.objects) : nothingKnown
  const change = oldObject === undefined ? 'create' : changeOf(oldObject, object, view)
  return { operation, user, change, oldObject, fieldManager }
}

function problemLines({ revisions }: ReviewRequest): string[] {
  if (revisions === undefined || 'objects' in revisions) return []
  return [`evenkeel cannot tell whether this is a rollback: ${revisions.problem}`]
}

function outcomeOf(evaluation: Evaluation, world: World, review: ReviewRequest): ValidateOutcome {
  const { decision, change, waived, results } = evaluation
  return {
    decision,
    mayBeRollback: decision === 'deny' && change === 'template',
    warnings: [...problemLines(review), ...warningLines(evaluation)],
    ruleErrors: results.filter(({ status }) => status === 'error').map(({ rule }) => rule),
    policies: results.map(({ policy }) => policy).filter((policy, i, all) => policy !== all[i - 1]),
    findings: results.filter(({ status }) => status === 'fail').map(({ rule, enforcement }) => ({ rule, enforcement })),
    message: decision === 'deny' ? denyText(evaluation, world) : undefined,
    change,
    waived,
  }
}

function mended({ operations, applied, ruleErrors }: Fixed, { request }: World): MutateOutcome {
  const change = request?.change
  const mayBeRollback = change === 'template' && operations.some(({ path }) => path.startsWith('/spec/template/'))
  return { operations, fixes: [...new Set(applied.map(({ rule }) => rule))], ruleErrors, change, mayBeRollback }
}

/** The policies that judge an object. */
function judging(policies: readonly Policy[], object: KubeObject): readonly Policy[] {
  const meant = policiesFor(policies, object, nothingKnown).filter(({ matching }) => matching === 'yes')
  return meant.map(({ policy }) => policy)
}

const nothingToSay = { decision: 'admit', warnings: [], ruleErrors: [], policies: [], findings: [] } as const
const nothingToDo = { operations: [], fixes: [], ruleErrors: [] } as const

/** The engine behind the webhook. What the API server lets through and rules cannot read is for the failurePolicy to decide. */
export function createReviewer({ policies, now }: ReviewSources): Reviewer {
  const worldOf = (review: ReviewRequest, object: KubeObject): World => {
    const request = requestOf(review, object)
    // Rules know what can be read of the old object; what the write changes is told by the whole of it.
    const oldObject = request.oldObject && readable(request.oldObject)
    return {
      policies: policies(),
      view: nothingKnown,
      now: now(),
      request: { ...request, oldObject },
      defaulted: true,
    }
  }
  return {
    validate(review): ValidateOutcome | Unreadable {
      const object = located(review.object, review.namespace)
      if (!isJudged(object)) return nothingToSay
      const error = shapeError(object)
      if (error !== undefined) {
        const isAsked = judging(policies(), object).length > 0
        return isAsked ? { complaint: `${dotted(error.path)} ${error.message}` } : nothingToSay
      }
      const world = worldOf(review, object)
      return outcomeOf(evaluate(object, world), world, review)
    },
    mutate(review): MutateOutcome {
      const object = located(review.object, review.namespace)
      // Wrong types are refused after mutation, by the API server itself or by `validate`.
      if (!isJudged(object) || shapeError(object) !== undefined) return nothingToDo
      const world = worldOf(review, object)
      return mended(fix(object, world, 'admission'), world)
    },
  }
}

/** The strictest failurePolicy of the policies that may deny an object and do not let the request through whatever they find. */
export function failurePolicyFor(review: ReviewRequest, policies: readonly Policy[], now: number): 'Fail' | 'Ignore' {
  const object = located(review.object, review.namespace)
  const request = requestOf(review, object)
  const denying = judging(policies, object).filter((policy) => mayDeny(policy, groupKindOf(object), now))
  const strict = denying.filter(({ failurePolicy }) => failurePolicy === 'Fail')
  return strict.some((policy) => waiverOf(policy, object, request) === undefined) ? 'Fail' : 'Ignore'
}

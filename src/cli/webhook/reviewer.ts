import type { MutateOutcome, Reviewer, ReviewRequest, ValidateOutcome } from '../../admission/reviewer.ts'
import { changeOf } from '../../engine/change.ts'
import { evaluate } from '../../engine/evaluate.ts'
import { fix } from '../../engine/fix.ts'
import { policiesFor } from '../../engine/match.ts'
import { viewOf } from '../../kube/view-of.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Policy } from '../../model/policy.ts'
import type { RequestInfo } from '../../model/request.ts'
import type { Evaluation } from '../../model/result.ts'
import type { World } from '../../model/world.ts'
import { denyText, warningLines } from '../../report/deny-text.ts'
import { isJudged, shapeComplaint } from '../judge.ts'

/** What the webhook goes by at the moment; policies may be exchanged between two requests. */
export interface ReviewSources {
  readonly policies: () => readonly Policy[]
  readonly now: () => number
}

/** The webhook has no informers yet: what is not in the request is unknown to it. */
const nothingKnown = viewOf([])

/** A CREATE may come without the namespace in the object; the API server tells it beside it. */
function located(object: KubeObject, namespace: string): KubeObject {
  if (namespace === '' || object.metadata.namespace === namespace) return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

function requestOf(review: ReviewRequest, object: KubeObject): RequestInfo {
  const { operation, user, dryRun, fieldManager, oldObject } = review
  const change = oldObject === undefined ? 'create' : changeOf(oldObject, object, nothingKnown)
  return { operation, user, change, dryRun, oldObject, fieldManager }
}

function outcomeOf(evaluation: Evaluation, policies: readonly Policy[]): ValidateOutcome {
  const { decision, change, waived, results } = evaluation
  return {
    decision,
    warnings: warningLines(evaluation),
    ruleErrors: results.filter(({ status }) => status === 'error').map(({ rule }) => rule),
    policies: results.map(({ policy }) => policy).filter((policy, i, all) => policy !== all[i - 1]),
    findings: results.filter(({ status }) => status === 'fail').map(({ rule, enforcement }) => ({ rule, enforcement })),
    message: decision === 'deny' ? denyText(evaluation, policies) : undefined,
    change,
    waived,
  }
}

/** What is wrong with the types of values in the object or in what it was before. */
function complaintOf({ object, oldObject }: ReviewRequest): string | undefined {
  return (shapeComplaint(object) ?? (oldObject && shapeComplaint(oldObject)))?.message
}

const nothingToSay = { decision: 'admit', warnings: [], ruleErrors: [], policies: [], findings: [] } as const
const nothingToDo = { operations: [], fixes: [], warnings: [], ruleErrors: [] } as const

/** The engine behind the webhook. A validated object with values of wrong types throws, so that the failurePolicy decides. */
export function createReviewer({ policies, now }: ReviewSources): Reviewer {
  const worldOf = (review: ReviewRequest, object: KubeObject): World => ({
    policies: policies(),
    view: nothingKnown,
    now: now(),
    request: requestOf(review, object),
    defaulted: true,
  })
  return {
    validate(review): ValidateOutcome {
      const object = located(review.object, review.namespace)
      if (!isJudged(object)) return nothingToSay
      const complaint = complaintOf(review)
      if (complaint !== undefined) throw new Error(complaint)
      const world = worldOf(review, object)
      return outcomeOf(evaluate(object, world), world.policies)
    },
    mutate(review): MutateOutcome {
      const object = located(review.object, review.namespace)
      // The API server refuses wrong types by itself, after mutation.
      if (!isJudged(object) || complaintOf(review) !== undefined) return nothingToDo
      const world = worldOf(review, object)
      const { operations, applied } = fix(object, world, 'admission')
      const fixes = [...new Set(applied.map(({ rule }) => rule))]
      return { ...nothingToDo, operations, fixes, change: world.request?.change }
    },
  }
}

/** The strictest failurePolicy of the policies that are meant for an object. */
export function failurePolicyFor(object: KubeObject, policies: readonly Policy[]): 'Fail' | 'Ignore' {
  const meant = policiesFor(policies, object, nothingKnown)
  return meant.some(({ policy }) => policy.failurePolicy === 'Fail') ? 'Fail' : 'Ignore'
}

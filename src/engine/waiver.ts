import { groupKindOf } from '../kube/group-kind.ts'
import type { KubeObject } from '../model/object.ts'
import type { Policy } from '../model/policy.ts'
import type { ChangeKind, RequestInfo } from '../model/request.ts'
import { matchesAny } from '../plain/glob.ts'

/** The annotation that says why somebody with the right to bypass does so. */
export const bypassReason = 'evenkeel.dev/bypass-reason'

/** Kubernetes' own controllers: what they write follows from objects that were judged already. */
export const systemUsers = [
  'system:apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:serviceaccount:kube-system:*-controller',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
]

/** Changes that bring no new pods, the same pods, or pods that were there before. */
const harmless: readonly ChangeKind[] = ['none', 'scale', 'pause', 'restart', 'rollback']

/** Whether a change of this kind is never refused for what it does. */
export function isHarmless(change: ChangeKind): boolean {
  return harmless.includes(change)
}

/** Delivery controllers own what another object controls; Argo's writes API defaults into the template of every new Rollout. */
function isDelivered(object: KubeObject): boolean {
  const isControlled = (object.metadata.ownerReferences ?? []).some((owner) => owner.controller === true)
  return isControlled || groupKindOf(object) === 'Rollout.argoproj.io'
}

function reasonOf(object: KubeObject | undefined): string {
  return object?.metadata.annotations?.[bypassReason]?.trim() ?? ''
}

/** Whether the policy names the user as one who may bypass it, for a reason. */
export function mayBypass({ bypass: { users, groups } }: Policy, user: RequestInfo['user']): boolean {
  return matchesAny(users, user.username) || user.groups.some((group) => matchesAny(groups, group))
}

/** A reason is good for the change that brings it; one that was there before may be of another change, or of another user. */
function bypass(policy: Policy, object: KubeObject, request: RequestInfo): string | undefined {
  const { username } = request.user
  if (isDelivered(object) && matchesAny(policy.bypass.controllers, username)) return `controller ${username}`
  if (!mayBypass(policy, request.user)) return undefined
  const reason = reasonOf(object)
  const isGiven = reason !== '' && reason !== reasonOf(request.oldObject)
  return isGiven ? `bypass by ${username}: ${reason}` : undefined
}

/**
 * Why this request is never refused under the policy, if it is: changes that start no new template, ways back, objects on their
 * way out, the system's controllers, delivery controllers on what they own, and break-glass users who give a new reason.
 */
export function waiverOf(policy: Policy, object: KubeObject, request: RequestInfo): string | undefined {
  if (request.oldObject?.metadata.deletionTimestamp != null) return 'deletion'
  if (isHarmless(request.change)) return request.change
  if (matchesAny(systemUsers, request.user.username)) return `controller ${request.user.username}`
  return bypass(policy, object, request)
}

import { isEqual } from '../kube/equal.ts'
import { applied, withParents } from '../kube/patch.ts'
import { valueAt } from '../kube/pointer.ts'
import type { Fix, Operation } from '../model/finding.ts'
import type { JsonPointer, KubeObject } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { About, CheckResult } from '../model/rule.ts'
import type { World } from '../model/world.ts'
import { changeOf } from './change.ts'
import { claimsExemption, exemptionFrom } from './exempt.ts'
import type { Purpose } from './fix-class.ts'
import { appliesAtAdmission, isFixable } from './fixable.ts'
import { policiesFor } from './match.ts'
import { checkRule, isJudgedBy, type Subject, settledBy, subjectOf } from './subject.ts'
import { waiverOf } from './waiver.ts'

/** Operations that a rule owns, in the order of the patch. */
export interface AppliedFix {
  readonly policy: string
  readonly rule: string
  readonly operations: readonly Operation[]
}

export interface Fixed {
  /** The object as the fixes leave it. */
  readonly object: KubeObject
  /** All of them in order: a patch of the object as it came, missing parents included. */
  readonly operations: readonly Operation[]
  readonly applied: readonly AppliedFix[]
  /** Ids of rules that threw: they mend nothing, and the others go on. */
  readonly ruleErrors: readonly string[]
}

/** A fix of one rule can call for another (a preStop sleep for more grace); rules that want opposite things must end, too. */
const maxPasses = 4

function untilQuiet(fixed: Fixed, pass: (fixed: Fixed) => Fixed): Fixed {
  let current = fixed
  for (let count = 0; count < maxPasses; count++) {
    const before = current.object
    current = pass(current)
    if (current.object === before) break
  }
  return current
}

function fixesIn(outcome: CheckResult): readonly Fix[] {
  return 'length' in outcome ? outcome.flatMap(({ fix: proposed }) => (proposed === undefined ? [] : [proposed])) : []
}

function isOwn(fixed: Fixed): (operation: Operation) => boolean {
  return ({ path }) => fixed.operations.some((own) => path === own.path || path.startsWith(`${own.path}/`))
}

function fold(fixed: Fixed, fix: Fix, owner: { readonly policy: string; readonly rule: string }): Fixed {
  return fix.reduce((current, operation) => {
    // Fixes of two containers may both ask for the same of the pod.
    if (isDone([operation], current.object)) return current
    const operations = withParents(current.object, operation)
    const object = operations.reduce<KubeObject>(applied, current.object)
    return {
      ...current,
      object,
      operations: [...current.operations, ...operations],
      applied: [...current.applied, { ...owner, operations }],
    }
  }, fixed)
}

/** Whether the fix would leave the object as it is: rules may say again what was done. */
function isDone(fix: Fix, object: KubeObject): boolean {
  return fix.every((operation) =>
    isEqual(valueAt(object, operation.path), operation.op === 'remove' ? undefined : operation.value),
  )
}

function isWelcome(fix: Fix, enabled: EnabledRule, fixed: Fixed, scene: Scene): boolean {
  if (isDone(fix, fixed.object) || !fix.every(({ path }) => scene.mayChange(path))) return false
  if (scene.purpose === 'offer') return true
  // What an earlier fix wrote is nobody's choice, though it now stands in the object.
  const foreign = fix.filter((operation) => !isOwn(fixed)(operation))
  return appliesAtAdmission(foreign, enabled, scene.subject, scene.world)
}

interface Scene {
  /** The object as it came: authors' choices are read there. */
  readonly subject: Subject
  readonly world: World
  readonly purpose: Purpose
  readonly mayChange: (path: JsonPointer) => boolean
  readonly isExempt: (rule: string, policy: Policy) => boolean
}

function applyOnce(fixed: Fixed, enabled: EnabledRule, policy: Policy, scene: Scene): Fixed {
  const { subject, world } = scene
  if (!isJudgedBy(enabled.rule, subject)) return fixed
  const current =
    fixed.object === subject.object
      ? subject
      : { ...subjectOf(fixed.object, world.defaulted), authorship: subject.authorship }
  const owner = { policy: policy.name, rule: enabled.rule.id }
  const outcome = checkRule(enabled, policy, current, world)
  // What a rule would settle is for the webhook to write, not for an author's file.
  const settled = scene.purpose === 'admission' ? settledBy(enabled, policy, current, world) : []
  if ('error' in outcome || 'error' in settled)
    return { ...fixed, ruleErrors: [...new Set([...fixed.ruleErrors, owner.rule])] }
  const mended = fixesIn(outcome).reduce(
    (so, fix) => (isWelcome(fix, enabled, so, scene) ? fold(so, fix, owner) : so),
    fixed,
  )
  // What is mended is looked at again in the next pass.
  const way = mended === fixed ? settled.find((fix) => isWelcome(fix, enabled, fixed, scene)) : undefined
  return way === undefined ? mended : fold(fixed, way, owner)
}

interface Step {
  readonly about: About
  readonly policy: Policy
}

function applyPolicy(fixed: Fixed, { about, policy }: Step, scene: Scene): Fixed {
  const rules = policy.rules.filter((enabled) => enabled.rule.about === about && isFixable(enabled, scene.purpose))
  const asked = rules.filter(({ rule }) => !scene.isExempt(rule.id, policy))
  return asked.reduce((so, enabled) => untilQuiet(so, (current) => applyOnce(current, enabled, policy, scene)), fixed)
}

/** A limit that came first would write what is too little for what an earlier apply left: the same apply again would change the object. */
const stateFirst = ['state', 'limit'] as const

/** The policies that do not let the request through whatever they find. */
function askedOf(policies: readonly Policy[], { subject, world }: Scene): readonly Policy[] {
  const { request } = world
  return request ? policies.filter((policy) => waiverOf(policy, subject.object, request) === undefined) : policies
}

/** Where every policy takes an exemption, what was filled in goes: the object becomes what it would be if it were new. */
function withdraw(came: Fixed, policies: readonly Policy[], scene: Scene): Fixed {
  const { workload, authorship } = scene.subject
  if (workload === undefined || scene.purpose === 'offer') return came
  const all = askedOf(policies, scene).flatMap((policy) => policy.rules.map((enabled) => ({ policy, enabled })))
  const held = all.filter(({ policy, enabled: { rule } }) => !scene.isExempt(rule.id, policy))
  const free = all.filter(({ enabled: { rule } }) => held.every(({ enabled }) => enabled.rule.id !== rule.id))
  return free.reduce((so, { policy, enabled }) => {
    const { rule } = enabled
    const places = rule.judges === 'workload' ? (rule.fillsIn?.(workload) ?? []) : []
    const fix = places.filter(authorship.isFilledIn).map((path) => ({ op: 'remove', path }) as const)
    return isWelcome(fix, enabled, so, scene) ? fold(so, fix, { policy: policy.name, rule: rule.id }) : so
  }, came)
}

function applyPolicies(fixed: Fixed, policies: readonly Policy[], order: readonly About[], scene: Scene): Fixed {
  const asked = askedOf(policies, scene)
  const steps = order.flatMap((about) => asked.map((policy): Step => ({ about, policy })))
  return untilQuiet(fixed, (current) => steps.reduce((so, step) => applyPolicy(so, step, scene), current))
}

/** The request as it stands after fixes, which may take back all that it changed: a template comes without the hook that they gave it. */
function worldAfter({ object, operations }: Fixed, world: World): World {
  const { request } = world
  if (operations.length === 0 || request?.oldObject === undefined) return world
  return { ...world, request: { ...request, change: changeOf(request.oldObject, object, world.view) } }
}

/**
 * Folds the rules' fixes over the object: each is computed on what the earlier ones left, so that every operation has an owner;
 * rules about the change come last, when it is known what the change is. For `admission` only what the policies let the webhook
 * do; for `offer` everything that rules propose. A fix is done whole or not at all: not if some place in it may not change.
 */
export function fix(
  object: KubeObject,
  world: World,
  purpose: Purpose,
  mayChange: (path: JsonPointer) => boolean = () => true,
): Fixed {
  const meant = policiesFor(world.policies, object, world.view).filter(({ matching }) => matching === 'yes')
  const policies = meant.map(({ policy }) => policy)
  const claims = claimsExemption(object)
  const isExempt: Scene['isExempt'] = (rule, policy) =>
    claims && exemptionFrom(rule, object, policy, world.now) !== undefined
  const scene = { subject: subjectOf(object, world.defaulted), world, purpose, mayChange, isExempt }
  const came: Fixed = { object, operations: [], applied: [], ruleErrors: [] }
  const rest = claims ? withdraw(came, policies, scene) : came
  const safe = applyPolicies(rest, policies, stateFirst, scene)
  return applyPolicies(safe, policies, ['change'], { ...scene, world: worldAfter(safe, world) })
}

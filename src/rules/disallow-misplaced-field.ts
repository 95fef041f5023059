import { isEqual } from '../kube/equal.ts'
import { applied } from '../kube/patch.ts'
import { dotted, segmentsOf, valueAt } from '../kube/pointer.ts'
import type { Finding, Fix } from '../model/finding.ts'
import type { JsonPointer } from '../model/object.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { type Misplaced, misplacedCause, misplacedFields } from '../workloads/misplaced.ts'
import { shapeError } from '../workloads/shape-error.ts'

function fieldOf(pointer: JsonPointer): string {
  return segmentsOf(pointer).at(-1) ?? ''
}

function parentOf(pointer: JsonPointer): JsonPointer {
  return pointer.slice(0, pointer.lastIndexOf('/'))
}

/** The object that should hold the field, or the whole path where the field has another name there. */
function home(at: JsonPointer, right: JsonPointer): string {
  return dotted(fieldOf(at) === fieldOf(right) ? parentOf(right) : right)
}

/** The numbers of a rolling update mean nothing to another strategy. */
function isBeside(right: JsonPointer, { strategy, at }: Workload): boolean {
  return right.startsWith(at.budget) && strategy.type !== 'RollingUpdate' && strategy.type !== 'Canary'
}

function messageOf({ at, right, value, isDropped }: Misplaced, workload: Workload): string {
  const start = isDropped ? 'never takes effect' : 'nothing reads it here'
  if (right === undefined) return `${start}: belongs in a container`
  if (isBeside(right, workload)) return `${start}: strategy ${workload.strategy.type} has no such field`
  const there = valueAt(workload.object, right) ?? null
  return there === null || isEqual(there, value)
    ? `${start}: belongs in ${home(at, right)}`
    : `${start}: ${home(at, right)} has another`
}

/** Whether a strategy of another kind's name means the same here. */
function isTranslatable(value: unknown, { kind }: Workload): boolean {
  const { type, rollingUpdate } = value as { readonly type?: unknown; readonly rollingUpdate?: unknown }
  if (kind === 'Deployment') return type !== 'OnDelete'
  return kind !== 'Rollout' && type !== 'Recreate' && rollingUpdate == null
}

function isValidThere({ at, value }: Misplaced, right: JsonPointer, workload: Workload): boolean {
  if (isBeside(right, workload)) return false
  if (fieldOf(at) !== fieldOf(right) && !isTranslatable(value, workload)) return false
  return shapeError(applied(workload.object, { op: 'add', path: right, value })) === undefined
}

function meet(a: JsonPointer, b: JsonPointer): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`)
}

/** Moves it, or takes it away if the right place says the same; the author decides what another value there or a second stray means. */
function moveOf(stray: Misplaced, strays: readonly Misplaced[], workload: Workload): Fix | undefined {
  const { at, right, value } = stray
  const { object } = workload
  if (right === undefined || strays.filter((other) => other.right && meet(right, other.right)).length > 1)
    return undefined
  const isLastOne = !stray.isDropped && Object.keys(valueAt(object, parentOf(at)) ?? {}).length === 1
  const remove = { op: 'remove', path: isLastOne ? parentOf(at) : at } as const
  const there = valueAt(object, right) ?? null
  if (there !== null) return isEqual(there, value) ? [remove] : undefined
  return isValidThere(stray, right, workload) ? [remove, { op: 'add', path: right, value }] : undefined
}

function check(workload: Workload, { asWritten }: RuleContext<object>): CheckResult {
  const strays = [...(asWritten ? misplacedFields(workload) : []), ...misplacedCause(workload)]
  if (!asWritten && strays.length === 0) return { skip: 'the API server has dropped what it does not know' }
  return strays.map((stray): Finding => {
    const fix = moveOf(stray, strays, workload)
    const { at: path, container } = stray
    const message = messageOf(stray, workload)
    return { message, path, ...(container === undefined ? {} : { container }), ...(fix ? { fix } : {}) }
  })
}

export const disallowMisplacedField: WorkloadRule = {
  id: 'disallow-misplaced-field',
  title: 'Every field of the rollout stands where it takes effect',
  why: 'The API server drops fields that it does not know: a grace period in a container or a strategy in the pod looks right in review and is not there when pods are killed or replaced.',
  remedy: 'Move the field to the object that it belongs in.',
  category: 'availability',
  severity: 'high',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: [],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'deny', staging: 'deny', development: 'deny' },
  fix: 'offer',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats'],
  alike: {},
  check,
}

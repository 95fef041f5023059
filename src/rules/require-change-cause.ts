import { describedElsewhere } from '../kube/containers.ts'
import { join, valueAt } from '../kube/pointer.ts'
import type { Fix } from '../model/finding.ts'
import type { JsonPointer, KubeObject } from '../model/object.ts'
import type { RequestInfo } from '../model/request.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PodTemplate, Workload } from '../model/workload.ts'
import { describeChange } from '../rollout/describe-change.ts'
import { joinCauses } from '../rollout/join-causes.ts'
import { isOnHold } from '../rollout/on-hold.ts'

interface Params {
  readonly keys: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
}

function causeOf(object: KubeObject, key: string): string | undefined {
  return object.metadata.annotations?.[key]?.trim() || undefined
}

/** A pattern may take time with the square of the text, and an annotation may have 256 KiB: matching it would stop the webhook. */
const longestMatched = 1024

function fault(cause: string, { pattern, minLength = 0 }: Params): string | undefined {
  if (cause.length < minLength) return `change-cause has ${cause.length} characters; needs ${minLength} or more`
  if (pattern === undefined) return undefined
  if (cause.length > longestMatched)
    return `change-cause has ${cause.length} characters; at most ${longestMatched} are matched with ${pattern}`
  return new RegExp(pattern, 'u').test(cause) ? undefined : `change-cause does not match ${pattern}`
}

/** What is wrong with the cause of this rollout. */
function wrong(workload: Workload, key: string, { params, request }: RuleContext<Params>): string | undefined {
  const cause = causeOf(workload.object, key)
  if (cause === undefined) {
    const isInTemplate = workload.template.metadata?.annotations?.[key] !== undefined
    return isInTemplate
      ? 'change-cause is in the pod template, where nothing reads it'
      : 'no change-cause: rollout history cannot tell why'
  }
  if (request?.oldObject && causeOf(request.oldObject, key) === cause) {
    // The pattern comes last: where there is no room for all of it, the words stay.
    const form = params.pattern === undefined ? '' : `, matching ${params.pattern}`
    return `change-cause is unchanged; needs a new one in the same request${form}`
  }
  return fault(cause, params)
}

/** `alice via kubectl-set`; the name of a service account without its prefix. */
function authorOf(request: RequestInfo | undefined): string {
  if (request === undefined) return ''
  const name = request.user.username.replace(/^system:serviceaccount:/, '')
  return request.fieldManager === undefined ? name : `${name} via ${request.fieldManager}`
}

function templateCause(template: PodTemplate | undefined, key: string): string | undefined {
  return template?.metadata?.annotations?.[key]?.trim() || undefined
}

/**
 * A cause made of the difference, never the one that stands there: the same change as the last one is told by its generation. Behind
 * what is on hold, since the next revision brings both.
 */
function madeCause(description: string, old: KubeObject | undefined, key: string): string {
  const before = old && causeOf(old, key)
  if (!old || !before) return description
  const whole = isOnHold(old) ? joinCauses(before, description) : description
  if (!before.startsWith(whole)) return whole
  // Files have no generation.
  const { generation } = old.metadata
  const told = `${whole} (${generation === undefined ? 'again' : `generation ${generation + 1}`})`
  return told === before ? whole : told
}

/** The author's own new words if they stand in the pod template, else a cause made of the difference; none if neither would do. */
function fixOf(
  workload: Workload,
  path: JsonPointer,
  { request, params }: RuleContext<Params>,
): { readonly fix?: Fix } {
  const [key = ''] = params.keys
  const old = request?.oldObject
  const before = old && (valueAt(old, workload.at.template) as PodTemplate | undefined)
  const stale = [templateCause(before, key), old && causeOf(old, key)]
  const misplaced = templateCause(workload.template, key)
  const own = misplaced === undefined || stale.includes(misplaced) ? [] : [misplaced]
  const made = madeCause(describeChange(before, workload.template, authorOf(request)), old, key)
  const value = [...own, made].find((cause) => fault(cause, params) === undefined)
  return value === undefined ? {} : { fix: [{ op: 'add', path, value }] }
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  const { request, params } = context
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  if (request?.oldObject && request.change !== 'template') return { skip: 'the pod template does not change' }
  const faults = params.keys.map((key) => wrong(workload, key, context))
  const [message] = faults
  if (message === undefined || faults.includes(undefined)) return []
  const path = join('/metadata/annotations', params.keys[0] ?? '')
  return [{ message, path, ...fixOf(workload, path, context) }]
}

export const requireChangeCause: WorkloadRule<Params> = {
  id: 'require-change-cause',
  title: 'Every revision tells why it came',
  why: 'At 3 a.m. `kubectl rollout history` is the list of ways back; without a cause, or with that of an earlier change, nobody knows which revision was the good one.',
  remedy:
    'Annotate the workload, not its pod template, with kubernetes.io/change-cause in the same request that changes the template.',
  category: 'traceability',
  severity: 'medium',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: [],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      keys: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        minItems: 1,
        default: ['kubernetes.io/change-cause'],
        description: 'Annotations of the workload, one of which must tell the cause; the fix writes the first.',
      },
      pattern: {
        type: 'string',
        format: 'regex',
        description:
          'A regular expression that the cause, of at most 1024 characters, must match, e.g. a ticket number. Keep repeats of repeats such as `([A-Z]+ ?)+` out: they can take for ever.',
      },
      minLength: { type: 'integer', minimum: 1, description: 'Characters that the cause must have at least.' },
    },
  },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'admission',
  about: 'change',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow'],
  alike: {},
  check,
}

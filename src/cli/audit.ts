import { ClusterError } from '../cluster/cluster-error.ts'
import { type ClusterSnapshot, readCluster, type Unreadable } from '../cluster/read-cluster.ts'
import type { GroupKind } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { World } from '../model/world.ts'
import type { CheckReport, JudgedObject, ReportError } from '../report/check-report.ts'
import { auditScope, leftOutText } from './audit-scope.ts'
import type { AuditOptions } from './commands/audit.ts'
import { UsageError } from './exit-code.ts'
import { findPolicies } from './find-policies.ts'
import { judge, shapeComplaint } from './judge.ts'
import { judgedKinds, kinds } from './kinds.ts'
import { complain, exitCodeOf } from './output.ts'
import { progressLine } from './progress.ts'
import { writeReport } from './write-report.ts'

function unreadableText({ kind, namespace, reason, exceptIn }: Unreadable): string {
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`
  const but = exceptIn === undefined || exceptIn.length === 0 ? '' : `; read in ${exceptIn.join(', ')}`
  return `${kind}${where} could not be read, so nothing is known of it: ${reason}${but}`
}

/** An autoscaler that is not in view counts as none: a rule that looks at it would pass what the autoscaler breaks. */
function isTakenForNone(kind: GroupKind, policies: readonly Policy[]): boolean {
  const looksAt = ({ rule }: EnabledRule) => rule.uses.includes(kind)
  return kind === 'HorizontalPodAutoscaler.autoscaling' && policies.some(({ rules }) => rules.some(looksAt))
}

/** What should have been judged, or would change a verdict unseen, a kind or a namespace that was asked for: that is an error. */
function isMissed(
  { kind, reason }: Unreadable,
  policies: readonly Policy[],
  { namespace = [] }: AuditOptions,
): boolean {
  if (judgedKinds.includes(kind) || isTakenForNone(kind, policies)) return true
  return kind === 'Namespace' && namespace.length > 0 && /not found/.test(reason)
}

function unreadableErrors(missed: readonly Unreadable[]): ReportError[] {
  return missed.map((one) => ({ code: 'EVENKEEL_KIND_UNREADABLE', message: unreadableText(one) }))
}

async function snapshot(options: AuditOptions): Promise<ClusterSnapshot> {
  const { kubeconfig, context, namespace } = options
  const progress = progressLine(options.quiet === true)
  try {
    const where = { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) }
    return await readCluster(
      { ...where, ...(namespace === undefined ? {} : { namespaces: namespace }), kinds },
      ({ kind, count }) => void progress.show(`reading ${kind}: ${count}`),
    )
  } catch (error) {
    if (error instanceof ClusterError) throw new UsageError(error.message, error.code)
    throw error
  } finally {
    progress.end()
  }
}

/** `evenkeel audit`: judges what a cluster holds, by the same engine and outputs as `check`. Returns the exit code. */
export async function audit(options: AuditOptions): Promise<number> {
  const { policies, from, warnings } = await findPolicies(options, process.cwd())
  const read = await snapshot(options)
  const world: World = { policies, view: read.view, now: Date.now(), defaulted: true }
  const objects: JudgedObject[] = []
  const missed = read.unreadable.filter((one) => isMissed(one, policies, options))
  const errors: ReportError[] = unreadableErrors(missed)
  const { judged, leftOut } = auditScope(read.objects, read.view, policies, options.namespace)
  for (const object of judged) {
    const complaint = shapeComplaint(object)
    if (complaint === undefined) objects.push({ evaluation: judge(object, world) })
    else errors.push({ code: complaint.code, message: complaint.message })
  }
  if (options.quiet !== true) {
    complain(`judging by ${from}`, ...warnings)
    for (const one of read.unreadable.filter((other) => !missed.includes(other))) complain(unreadableText(one))
    complain(...leftOutText(leftOut))
  }
  const report: CheckReport = { objects, errors, seen: read.objects.length, leftOut: leftOut.length }
  await writeReport(report, options)
  return exitCodeOf(report, options.failOn)
}

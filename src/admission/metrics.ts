import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'
import { addProcessMetrics } from './process-metrics.ts'
import { causeOf } from './review/failure.ts'
import type { ReviewRecord } from './review/judge.ts'

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** The server's own registry; nothing is registered globally. */
export interface Metrics {
  readonly contentType: string
  /** The Prometheus text. */
  render(): Promise<string>
  /** `duration`: seconds from the request's headers to its answer. */
  reviewed(record: ReviewRecord, duration: number): void
  /** `reason` as in the `metav1.Status` of the answer; `Malformed` for a review with something wrong in it. */
  refused(reason: string): void
  policiesLoaded(count: number): void
  policyLoadFailed(): void
  /** `epoch`: seconds since the epoch. */
  certificateExpires(epoch: number): void
  certificateLoadFailed(): void
}

/** `kinds`: label values of `kind`; every other kind is `other`, so that no requester can make series. */
export function createMetrics(kinds: readonly string[]): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const { counter, gauge } = makers(registers)
  const refusals = counter('admission_refusals_total', 'Requests that got no verdict.', ['reason'])
  const loadFailures = counter(
    'policy_load_failures_total',
    'Policy loads that failed; the policies before stay in force.',
  )
  const loaded = gauge('policies_loaded', 'Policies in force.')
  const expiry = gauge('certificate_expiry_timestamp_seconds', 'When the serving certificate expires.')
  const certificateFailures = counter(
    'certificate_load_failures_total',
    'Certificates refused; the one before stays in use.',
  )
  addProcessMetrics(registers)
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    reviewed: reviewObserver(registers, new Set(kinds)),
    refused: (reason) => refusals.inc({ reason }),
    policiesLoaded: (count) => loaded.set(count),
    policyLoadFailed: () => loadFailures.inc(),
    certificateExpires: (epoch) => expiry.set(epoch),
    certificateLoadFailed: () => certificateFailures.inc(),
  }
}

function makers(registers: Registry[]) {
  return {
    counter: <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
      new Counter({ name: `evenkeel_${name}`, help, labelNames, registers }),
    gauge: (name: string, help: string) => new Gauge({ name: `evenkeel_${name}`, help, registers }),
  }
}

const requestLabels = ['path', 'operation', 'kind', 'decision', 'dry_run']

function reviewObserver(registers: Registry[], kinds: ReadonlySet<string>): Metrics['reviewed'] {
  const { counter } = makers(registers)
  const labelNames = ['path' as const]
  const requests = counter('admission_requests_total', 'Reviews answered.', requestLabels)
  const findings = counter('findings_total', 'Findings in reviews.', ['rule', 'enforcement'])
  const ruleErrors = counter('rule_errors_total', 'Rules that threw in a review.', ['rule'])
  const fixes = counter('fixes_total', 'Rules whose fix was sent in a patch.', ['rule'])
  const failures = counter('admission_failures_total', 'Reviews decided by the failure policy.', ['path', 'cause'])
  const patchFailures = counter('patch_failures_total', 'Own patches that proved not to apply and were not sent.')
  const unread = counter('revision_failures_total', 'Reviews that needed revisions which could not be read.')
  const duration = new Histogram({
    name: 'evenkeel_admission_duration_seconds',
    help: 'From the headers of a review to its answer.',
    labelNames,
    buckets,
    registers,
  })
  const durations = { validate: duration.labels('validate'), mutate: duration.labels('mutate') }
  return (record, seconds) => {
    const { path, facts, decision } = record
    const kind = kinds.has(facts.kind.kind) ? facts.kind.kind : 'other'
    requests.inc({ path, operation: facts.operation, kind, decision, dry_run: String(facts.dryRun) })
    durations[path].observe(seconds)
    for (const { rule, enforcement } of record.findings) findings.inc({ rule, enforcement })
    for (const rule of record.ruleErrors) ruleErrors.inc({ rule })
    for (const rule of record.fixes) fixes.inc({ rule })
    if (record.failure !== undefined) failures.inc({ path, cause: causeOf(record.failure) })
    if (record.patchProblem !== undefined) patchFailures.inc()
    if (record.revisionProblem !== undefined) unread.inc()
  }
}

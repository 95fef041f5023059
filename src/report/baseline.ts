import { decide } from '../engine/decide.ts'
import type { ReportedFinding } from '../model/finding.ts'
import type { Evaluation, RuleResult } from '../model/result.ts'
import type { JudgedObject } from './check-report.ts'
import { objectName } from './object-name.ts'

/** A finding that was there when the baseline was taken: told by what it is about, so that it may move to other lines and files. */
export interface BaselineEntry {
  /** `Deployment shop/web`. */
  readonly object: string
  readonly rule: string
  /** `spec.template.spec.containers[web]`. */
  readonly field: string
  /** How bad it was, where its rule can tell: one that has become worse is not covered. */
  readonly degree?: number
}

/** The entries of one run; each of them covers one finding. */
export interface Baseline {
  /** The evaluation without consequences of what the baseline covers; called once for each object. */
  cover(evaluation: Evaluation): Evaluation
  /** The entries that nothing found so far is about: what they tell of has been mended. */
  unused(): readonly BaselineEntry[]
}

function keyOf({ object, rule, field }: BaselineEntry): string {
  return JSON.stringify([object, rule, field])
}

function entryOf({ object, field, degree }: ReportedFinding, rule: string, judged: Evaluation): BaselineEntry {
  const entry = { object: objectName(object ?? judged.object), rule, field }
  return degree === undefined ? entry : { ...entry, degree }
}

function byDegree({ degree: a = Infinity }: BaselineEntry, { degree: b = Infinity }: BaselineEntry): number {
  return a < b ? -1 : Number(a > b)
}

/** What a baseline has to hold so that none of these objects is denied or warned about, in an order that makes short diffs. */
export function baselineEntries(objects: readonly JudgedObject[]): BaselineEntry[] {
  const entries = objects.flatMap(({ evaluation }) =>
    evaluation.results.flatMap((result) =>
      result.status === 'fail'
        ? result.findings
            .filter(({ verdict }) => verdict !== 'admit')
            .map((one) => entryOf(one, result.rule, evaluation))
        : [],
    ),
  )
  return entries.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : Number(keyOf(a) > keyOf(b)) || byDegree(a, b)))
}

function covered(result: RuleResult, evaluation: Evaluation, take: (entry: BaselineEntry) => boolean): RuleResult {
  if (result.status !== 'fail') return result
  const findings = result.findings.map((finding) => {
    const isCovered = finding.verdict !== 'admit' && take(entryOf(finding, result.rule, evaluation))
    return isCovered ? { ...finding, verdict: 'admit' as const, baselined: true as const } : finding
  })
  return { ...result, findings }
}

export function createBaseline(entries: readonly BaselineEntry[]): Baseline {
  const left = new Map<string, BaselineEntry[]>()
  for (const entry of entries) left.set(keyOf(entry), [...(left.get(keyOf(entry)) ?? []), entry].sort(byDegree))
  // The least that is as bad: worse ones are left for worse findings.
  const worse = new Set<string>()
  const take = (entry: BaselineEntry): boolean => {
    const key = keyOf(entry)
    const like = left.get(key) ?? []
    const at = like.findIndex(({ degree = Infinity }) => degree >= (entry.degree ?? -Infinity))
    if (at < 0) worse.add(key)
    return at >= 0 && like.splice(at, 1).length > 0
  }
  return {
    cover(evaluation) {
      const results = evaluation.results.map((result) => covered(result, evaluation, take))
      return { ...evaluation, results, decision: decide(results) }
    },
    unused: () => [...left].flatMap(([key, entries]) => (worse.has(key) ? [] : entries)),
  }
}

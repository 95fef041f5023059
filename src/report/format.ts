import type { Verdict } from '../model/finding.ts'
import type { Rule } from '../model/rule.ts'
import type { CheckReport } from './check-report.ts'

/** Every output there is, by the name that `-o` takes. */
export const formatNames = ['text', 'json', 'sarif', 'junit', 'github', 'gitlab', 'markdown'] as const

export type FormatName = (typeof formatNames)[number]

/** What outputs tell of a rule. */
export type ReportedRule = Pick<Rule, 'id' | 'title' | 'why' | 'remedy' | 'category' | 'severity' | 'fix'>

/** What an output may know beside the report. */
export interface Setting {
  /** All that findings may name. */
  readonly rules: readonly ReportedRule[]
  /** Of this program. */
  readonly version: string
  /** The directory, an absolute path, that paths are told relative to. */
  readonly root: string
  /** The verdicts that make the run fail. */
  readonly failing: readonly Verdict[]
}

/** A report as one format writes it, piece by piece. */
export type Format = (report: CheckReport, setting: Setting) => Iterable<string>

import { exemptionRule } from '../engine/exemption-rule.ts'
import type { ReportedRule } from '../report/format.ts'
import { rules } from '../rules/index.ts'

/** Every rule that a finding can name: those of policies, and the engine's own. */
export const reportedRules: readonly ReportedRule[] = [...rules, exemptionRule]

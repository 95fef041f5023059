import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'

interface Params {
  readonly min: number
}

function check(workload: Workload, { params }: RuleContext<Params>): CheckResult {
  return { skip: `a ${workload.kind} is not judged yet; needs ${params.min}` }
}

export const disallowOverlappingDisruptionBudgets: WorkloadRule<Params> = {
  id: 'disallow-overlapping-disruption-budgets',
  title: 'Say the good that holds when the rule passes',
  why: 'Say which outage it prevents.',
  remedy: 'Say what to do about it.',
  category: 'availability',
  severity: 'medium',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: [],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      min: { type: 'integer', minimum: 0, default: 1, description: 'Say what the number means.' },
    },
  },
  presets: { strict: 'warn', production: 'off', staging: 'off', development: 'off' },
  fix: 'none',
  about: 'state',
  demandedBy: [],
  alike: {},
  check,
}

import { constantName } from './rules-table.ts'

/** The first words of a rule's texts before they are written: no rule in the table may still have them. */
export const unwritten = 'Say '

const beginning = `import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'

interface Params {
  readonly min: number
}
`

/** A rule that judges nothing yet: it compiles, and its fixtures fail until `check` is written. */
export function ruleTemplate(id: string): string {
  return `${beginning}
function check(workload: Workload, { params }: RuleContext<Params>): CheckResult {
  return { skip: \`a \${workload.kind} is not judged yet; needs \${params.min}\` }
}

export const ${constantName(id)}: WorkloadRule<Params> = {
  id: '${id}',
  title: '${unwritten}the good that holds when the rule passes',
  why: '${unwritten}which outage it prevents.',
  remedy: '${unwritten}what to do about it.',
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
      min: { type: 'integer', minimum: 0, default: 1, description: '${unwritten}what the number means.' },
    },
  },
  presets: { strict: 'warn', production: 'off', staging: 'off', development: 'off' },
  fix: 'none',
  about: 'state',
  demandedBy: [],
  alike: {},
  check,
}
`
}

/** The first document of a case, under a comment that becomes the name of its test. */
export function fixtureTemplate(why: string): string {
  return `# ${unwritten}${why}
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: shop/web:1.5.0
`
}

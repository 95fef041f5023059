import { parseArgs } from 'node:util'
import { startControlPlane } from '../../cluster/control-plane.ts'
import { casesOf } from './cases.ts'
import { judgeTogether } from './judge.ts'

/** `npm run arithmetic`: generated workloads and budgets, rolled out for real; ends with 1 where a rule's arithmetic is contradicted. */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    replicas: { type: 'string', default: '40' },
    together: { type: 'string', default: '20' },
  },
})
const cases = casesOf(Number(values.cases), Number(values.seed), Number(values.replicas))
const together = Number(values.together)
const cluster = await startControlPlane({ nodes: 16 })
let wrong = 0
let rollouts = 0
try {
  for (let from = 0; from < cases.length; from += together) {
    const judged = await judgeTogether(cluster, `batch-${from}`, cases.slice(from, from + together))
    const found = judged.flatMap(({ contradictions }) => contradictions)
    rollouts += judged.reduce((sum, one) => sum + one.rollouts, 0)
    wrong += found.length
    process.stdout.write(found.map((text) => `${text}\n`).join(''))
    process.stderr.write(`${from + judged.length} of ${cases.length} cases\n`)
  }
} finally {
  await cluster.stop()
}
process.stdout.write(`${cases.length} cases with seed ${values.seed}, ${rollouts} rollouts, ${wrong} contradictions\n`)
process.exitCode = wrong > 0 ? 1 : 0

import t from 'tap'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { startControlPlane } from '../cluster/control-plane.ts'
import { casesOf } from './arithmetic/cases.ts'
import { judgeTogether } from './arithmetic/judge.ts'

const needsCluster = await clusterOrSkip(t)
t.setTimeout(600_000)

t.test(
  'a sample of rollouts and budgets goes as the rules say it will; npm run arithmetic has 300',
  needsCluster,
  async (t) => {
    const seed = Number(process.env['EVENKEEL_SEED'] ?? Math.floor(Date.now() / 86_400_000))
    t.comment(`EVENKEEL_SEED=${seed}`)
    const cluster = await startControlPlane({ nodes: 4 })
    t.teardown(() => cluster.stop())
    const judged = await judgeTogether(cluster, 'sample', casesOf(20, seed, 12))
    for (const { one, contradictions } of judged) t.strictSame(contradictions, [], JSON.stringify(one))
  },
)

import type { ProbeName } from '../kube/probe.ts'
import type { Finding } from '../model/finding.ts'
import type { RuleContext, Skip } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { type ContainerChoice, chosenContainers } from './container-choice.ts'

interface Asked {
  readonly probe: ProbeName
  /** What comes of it that there is none. */
  readonly so: string
}

/** A finding for each of the containers asked for that lacks the probe. */
export function missingProbe(
  workload: Workload,
  { params, view }: RuleContext<{ readonly containers: ContainerChoice }>,
  { probe, so }: Asked,
): readonly Finding[] | Skip {
  const containers = chosenContainers(workload, params.containers, view)
  if ('skip' in containers) return containers
  return containers
    .filter(({ container }) => !container[probe])
    .map(({ container: { name }, at }) => ({
      message: `no ${probe}, ${so}`,
      path: at,
      container: name,
    }))
}

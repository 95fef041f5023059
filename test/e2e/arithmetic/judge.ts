import type { ControlPlane } from '../../cluster/control-plane.ts'
import type { Case } from './cases.ts'
import { contradictions } from './contradictions.ts'
import { observeTogether } from './observe.ts'

export interface Judged {
  readonly one: Case
  readonly rollouts: number
  readonly contradictions: readonly string[]
}

/**
 * Observes the cases side by side; what contradicts the rules then is looked at again by itself, twice at most. On a busy machine new pods
 * may be ready before the old ones were told to go, and a StatefulSet's controller that is behind deletes a pod of the same name twice.
 */
export async function judgeTogether(
  cluster: ControlPlane,
  namespace: string,
  cases: readonly Case[],
  again = 2,
): Promise<Judged[]> {
  const judged: Judged[] = []
  for (const observed of await observeTogether(cluster, namespace, cases)) {
    const { one, observations } = observed
    const found = contradictions(observed)
    if (found.length === 0 || again === 0) judged.push({ one, rollouts: observations.length, contradictions: found })
    else judged.push(...(await judgeTogether(cluster, `${namespace}-${one.name}`, [one], again - 1)))
  }
  return judged
}

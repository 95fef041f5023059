import type { EnabledRule, Policy } from '../model/policy.ts'
import type { World } from '../model/world.ts'
import { enforcementAt } from './decide.ts'
import type { Subject } from './subject.ts'

/** One policy at work on one object. */
export interface Case {
  readonly policy: Policy
  readonly subject: Subject
  readonly world: World
  /** Why the request is never refused, if so. */
  readonly waived: string | undefined
}

/** What every result of a rule says. */
export function factsOf(enabled: EnabledRule, { policy, world }: Pick<Case, 'policy' | 'world'>) {
  const { id, severity } = enabled.rule
  return { policy: policy.name, rule: id, enforcement: enforcementAt(enabled, world.now), severity } as const
}

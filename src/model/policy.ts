import type { LabelSelector } from './object.ts'
import type { Enforcement, Rule } from './rule.ts'

export type FixMode = 'off' | 'absent' | 'override'

/** All given parts must match; an empty one matches everything. Names may be globs (`shop-*`). */
export interface Match {
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
  readonly objectSelector?: LabelSelector
  readonly kinds?: readonly string[]
  readonly exclude?: Match
}

/** A rule as a policy asks for it: params complete, `off` ones absent. */
export interface EnabledRule {
  readonly rule: Rule
  readonly enforcement: Exclude<Enforcement, 'off'>
  readonly fix: FixMode
  /** Epoch milliseconds: before it `deny` is `warn`, after it findings of the old object deny too. */
  readonly enforceAfter?: number
  readonly params: object
}

/** Who is never refused: `controllers` on objects that another object controls, users and groups with a reason. Names may be globs. */
export interface Bypass {
  readonly controllers: readonly string[]
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

export interface Policy {
  readonly name: string
  readonly environment?: string
  readonly match: Match
  readonly fallback: boolean
  readonly failurePolicy: 'Fail' | 'Ignore'
  /** Sorted by rule id. */
  readonly rules: readonly EnabledRule[]
  /** Ids of the rules it leaves out. */
  readonly off: readonly string[]
  readonly exemptions: { readonly locked: readonly string[]; readonly maxDays: number }
  readonly bypass: Bypass
}

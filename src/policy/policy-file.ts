import type { LabelSelector } from '../model/object.ts'
import type { FixMode } from '../model/policy.ts'
import type { Enforcement } from '../model/rule.ts'

/** A rule in a policy file: only its enforcement, or more. */
export type RuleEntry =
  | Enforcement
  | {
      readonly enforcement?: Enforcement
      readonly fix?: FixMode
      readonly enforceAfter?: string
      readonly params?: Readonly<Record<string, unknown>>
    }

export type Environment = 'production' | 'staging' | 'development'

export interface MatchEntry {
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
  readonly objectSelector?: LabelSelector
  readonly kinds?: readonly string[]
}

/** A file that satisfies `policySchema`. */
export interface PolicyFile {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly extends?: 'strict' | 'recommended'
    readonly environment?: string
    readonly environments?: Readonly<Record<string, Environment>>
    readonly match?: MatchEntry & { readonly exclude?: MatchEntry }
    readonly fallback?: boolean
    readonly failurePolicy?: 'Fail' | 'Ignore'
    readonly rules?: Readonly<Record<string, RuleEntry>>
    readonly exemptions?: { readonly locked?: readonly string[]; readonly maxDays?: number }
    readonly bypass?: {
      readonly controllers?: readonly string[]
      readonly users?: readonly string[]
      readonly groups?: readonly string[]
    }
  }
}

/** The three modes of the preset `recommended`. */
export const environments: readonly Environment[] = ['production', 'staging', 'development']

export function isEnvironment(name: string): name is Environment {
  return (environments as readonly string[]).includes(name)
}

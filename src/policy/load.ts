import type { JsonPointer } from '../model/object.ts'
import type { Policy } from '../model/policy.ts'
import type { Rule } from '../model/rule.ts'
import { emptinessOf, enable, faultsOf, type PolicyFault } from './enable.ts'
import { explainError, faultText, type SchemaError } from './explain-error.ts'
import type { Validate } from './policy-file.generated.ts'
import type { PolicyFile } from './policy-file.ts'
import { readOff } from './read-off.ts'

/** One YAML document that should be a RolloutPolicy, wherever it came from. */
export interface PolicyDocument {
  readonly value: unknown
  readonly file: string
  positionOf(path: JsonPointer): { readonly line: number; readonly column: number }
}

/** A located fault; `message` names the field, what was expected and what may have been meant. */
export interface PolicyError {
  readonly message: string
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface LoadedPolicies {
  readonly policies: readonly Policy[]
  readonly errors: readonly PolicyError[]
  /** Of valid policies: what their author will hardly have meant. */
  readonly warnings: readonly PolicyError[]
}

function schemaFaults(value: unknown, { validate }: PolicyLanguage): PolicyFault[] {
  if (validate(value)) return []
  const errors = (validate.errors ?? []) as readonly SchemaError[]
  // `if` only repeats that its `then` or `else` failed, which has errors of its own.
  return errors.filter(({ keyword }) => keyword !== 'if').map(explainError)
}

function located(document: PolicyDocument, fault: PolicyFault): PolicyError {
  return { message: faultText(fault), file: document.file, ...document.positionOf(fault.path) }
}

function repeatedName(name: string, first: PolicyDocument): PolicyFault {
  const path = '/metadata/name'
  const { line, column } = first.positionOf(path)
  return { path, message: `"${name}" is the name of another policy, at ${first.file}:${line}:${column}` }
}

/** The rules that policies may name, and what validates a file that does. */
export interface PolicyLanguage {
  readonly rules: readonly Rule[]
  readonly validate: Validate
}

/** Validates and enables policies. Any error means that the whole set is to be refused: half a policy is another policy. */
export function loadPolicies(documents: readonly PolicyDocument[], language: PolicyLanguage): LoadedPolicies {
  const byName = new Map<string, PolicyDocument>()
  const loaded = documents.map((document) => {
    const value = readOff(document.value)
    const faults = schemaFaults(value, language)
    if (faults.length > 0) return { errors: faults.map((fault) => located(document, fault)) }
    const file = value as PolicyFile
    const { name } = file.metadata
    const first = byName.get(name) ?? document
    byName.set(name, first)
    const errors = [...(first === document ? [] : [repeatedName(name, first)]), ...faultsOf(file, language.rules)].map(
      (fault) => located(document, fault),
    )
    if (errors.length > 0) return { errors }
    const policy = enable(file, language.rules)
    const emptiness = emptinessOf(file, policy)
    return { errors, policy, warnings: emptiness ? [located(document, emptiness)] : [] }
  })
  return {
    policies: loaded.flatMap(({ policy }) => policy ?? []),
    errors: loaded.flatMap(({ errors }) => errors),
    warnings: loaded.flatMap(({ warnings = [] }) => warnings),
  }
}

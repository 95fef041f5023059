import { join } from '../kube/pointer.ts'
import type { JsonPointer } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { Enforcement, ParamFault, PresetColumn, Rule } from '../model/rule.ts'
import { startOfDay } from '../plain/calendar-date.ts'
import { isEnvironment, type PolicyFile, type RuleEntry } from './policy-file.ts'
import { defaultMaxDays, defaultParams, deliveryControllers, type PresetEntry, presetEntry } from './presets.ts'

type LongEntry = Exclude<RuleEntry, Enforcement>

/** Something that the schema cannot say. `path` points into the file's document. */
export interface PolicyFault {
  readonly path: string
  readonly message: string
}

/** The preset column a file extends; undefined when it extends none. */
function columnOf({ spec }: PolicyFile): PresetColumn | undefined {
  if (spec.extends !== 'recommended') return spec.extends
  const environment = spec.environment ?? 'production'
  return isEnvironment(environment) ? environment : spec.environments?.[environment]
}

/** The start of the day in UTC, in epoch milliseconds; the schema lets both spellings of a date through. */
function startOf(enforceAfter: string): number | undefined {
  return startOfDay(enforceAfter.slice(0, 'YYYY-MM-DD'.length))
}

function invalidDate({ enforceAfter }: LongEntry): string | undefined {
  if (enforceAfter === undefined || startOf(enforceAfter) !== undefined) return undefined
  return `is "${enforceAfter}", a day that no calendar has`
}

function invalidPattern(entry: LongEntry): string | undefined {
  const pattern = entry.params?.['pattern']
  if (typeof pattern !== 'string') return undefined
  try {
    new RegExp(pattern, 'u')
    return undefined
  } catch {
    return `is no regular expression: ${pattern}`
  }
}

function faultAt(path: JsonPointer, message: string | undefined): PolicyFault[] {
  return message === undefined ? [] : [{ path, message }]
}

/** Bounds of which no number is within both, however deep in a rule's params. */
function emptyRanges(value: unknown, path: JsonPointer): PolicyFault[] {
  if (typeof value !== 'object' || value === null) return []
  const { min, max } = value as { readonly min?: unknown; readonly max?: unknown }
  const isEmpty = typeof min === 'number' && typeof max === 'number' && min > max
  const own = isEmpty ? [{ path: join(path, 'min'), message: `is ${min}, more than max ${max}` }] : []
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => emptyRanges(inner, join(path, key)))]
}

/** What the rule itself finds wrong; its defaults are right. */
function ownFaults(id: string, { params }: LongEntry, rules: readonly Rule[]): readonly ParamFault[] {
  const rule = rules.find((one) => one.id === id)
  return (params && rule?.paramFaults?.({ ...defaultParams(rule), ...params })) ?? []
}

/** What is wrong with a file that the schema accepts. */
export function faultsOf(file: PolicyFile, rules: readonly Rule[]): PolicyFault[] {
  const { spec } = file
  const entries = Object.entries(spec.rules ?? {}).flatMap(([id, entry]) => {
    if (typeof entry === 'string') return []
    const path = `/spec/rules/${id}`
    const params = `${path}/params`
    return [
      ...faultAt(`${path}/enforceAfter`, invalidDate(entry)),
      ...faultAt(`${params}/pattern`, invalidPattern(entry)),
      ...emptyRanges(entry.params, params),
      ...ownFaults(id, entry, rules).map((fault) => ({ ...fault, path: `${params}${fault.path}` })),
    ]
  })
  if (spec.extends !== 'recommended' || columnOf(file) !== undefined) return entries
  const message = `is "${spec.environment ?? ''}", which is not production, staging or development, nor mapped by spec.environments`
  return [...entries, { path: '/spec/environment', message }]
}

/** Why a valid file asks for nothing, at the field that leaves it so; undefined where it turns some rule on. */
export function emptinessOf(file: PolicyFile, { rules }: Policy): PolicyFault | undefined {
  if (rules.length > 0) return undefined
  const { extends: preset, environment } = file.spec
  if (preset !== undefined) return { path: '/spec/rules', message: 'turns every rule off, so the policy asks nothing' }
  const missing = 'extends: recommended (or strict)'
  if (environment === undefined)
    return { path: '/spec', message: `turns no rule on, so the policy asks nothing; for a preset: ${missing}` }
  const message = `is "${environment}", but there is no preset to choose from, so the policy asks nothing: ${missing}`
  return { path: '/spec/environment', message }
}

/** The preset's entry for a rule, or one that leaves it off. */
function baseEntry(rule: Rule, column: PresetColumn | undefined): PresetEntry {
  return column === undefined
    ? { enforcement: 'off', fix: 'off', params: defaultParams(rule) }
    : presetEntry(rule, column)
}

/** A rule that is written down, but without an enforcement, is meant to hold. */
function enforcementOf(own: LongEntry | undefined, base: PresetEntry): Enforcement {
  return own?.enforcement ?? (own !== undefined && base.enforcement === 'off' ? 'deny' : base.enforcement)
}

function enabledRule(
  rule: Rule,
  entry: RuleEntry | undefined,
  column: PresetColumn | undefined,
): EnabledRule | undefined {
  const base = baseEntry(rule, column)
  const own: LongEntry | undefined = typeof entry === 'string' ? { enforcement: entry } : entry
  const enforcement = enforcementOf(own, base)
  if (enforcement === 'off') return undefined
  const common = { rule, enforcement, fix: own?.fix ?? base.fix, params: { ...base.params, ...own?.params } }
  const enforceAfter = own?.enforceAfter === undefined ? undefined : startOf(own.enforceAfter)
  return enforceAfter === undefined ? common : { ...common, enforceAfter }
}

const noBypass = { controllers: deliveryControllers, users: [], groups: [] }

function settings({ metadata, spec }: PolicyFile) {
  return {
    name: metadata.name,
    ...(spec.environment === undefined ? {} : { environment: spec.environment }),
    match: spec.match ?? {},
    fallback: spec.fallback ?? false,
    failurePolicy: spec.failurePolicy ?? 'Fail',
    exemptions: { locked: [], maxDays: defaultMaxDays, ...spec.exemptions },
    bypass: { ...noBypass, ...spec.bypass },
  } as const
}

/** A valid file as a policy: the preset it extends, overlaid with its own rules, field by field. */
export function enable(file: PolicyFile, rules: readonly Rule[]): Policy {
  const column = columnOf(file)
  const enabled = rules.map((rule) => enabledRule(rule, file.spec.rules?.[rule.id], column))
  return {
    ...settings(file),
    rules: enabled.filter((rule) => rule !== undefined),
    off: rules.filter((_, i) => enabled[i] === undefined).map(({ id }) => id),
  }
}

import { fixClasses } from '../engine/fix-class.ts'
import type { Bypass, FixMode } from '../model/policy.ts'
import type { Enforcement, PresetColumn, Rule } from '../model/rule.ts'
import type { PolicyFile } from './policy-file.ts'

/** Where Flagger's chart, kustomizations and tutorials install it. */
const flaggerNamespaces = [
  'flagger-system',
  'istio-system',
  'linkerd',
  'kuma-system',
  'kong-mesh-system',
  'appmesh-system',
  'osm-system',
  'ingress-nginx',
  'projectcontour',
  'gloo-system',
  'traefik',
  'apisix',
]

/**
 * Delivery controllers whose writes are never refused on what they own: denying them tears a release in half. By name and namespace,
 * since whoever may administer some namespace can call an account there as they like, and write down any owner.
 */
export const deliveryControllers: Bypass['controllers'] = [
  'system:serviceaccount:argo-rollouts:argo-rollouts',
  'system:serviceaccount:keda:keda-operator',
  ...flaggerNamespaces.map((namespace) => `system:serviceaccount:${namespace}:flagger`),
]

export const defaultMaxDays = 90

/** Values that the schema of a rule's params has as defaults. */
export function defaultParams(rule: Rule): Readonly<Record<string, unknown>> {
  const entries = Object.entries(rule.params.properties as Readonly<Record<string, { readonly default?: unknown }>>)
  return Object.fromEntries(
    entries.flatMap(([name, schema]) => (schema.default === undefined ? [] : [[name, schema.default]])),
  )
}

/** What a preset says of a rule. */
export interface PresetEntry {
  readonly enforcement: Enforcement
  readonly fix: FixMode
  readonly params: Readonly<Record<string, unknown>>
}

/** A rule as a preset has it: every preset lets the webhook apply fixes that are safe where the author chose nothing. */
export function presetEntry(rule: Rule, column: PresetColumn): PresetEntry {
  const fix = fixClasses[rule.fix].byDefault ? 'absent' : 'off'
  const params = { ...defaultParams(rule), ...(column === 'strict' ? {} : rule.recommendedParams) }
  return { enforcement: rule.presets[column], fix, params }
}

/** `strict`, or a mode of `recommended`, as a policy file that extends it and says no more. */
export function presetFile(column: PresetColumn): PolicyFile {
  if (column === 'strict') return { metadata: { name: 'strict' }, spec: { extends: 'strict' } }
  return { metadata: { name: `recommended-${column}` }, spec: { extends: 'recommended', environment: column } }
}

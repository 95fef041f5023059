import { readFile } from '../../manifests/read-text.ts'
import type { BaselineEntry } from '../../report/baseline.ts'
import { UsageError } from '../exit-code.ts'

const head = { apiVersion: 'evenkeel.dev/v1alpha1', kind: 'Baseline' }

/** One entry a line, so that a difference shows what was mended and what was added. */
export function baselineText(entries: readonly BaselineEntry[]): string {
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')
  const { apiVersion, kind } = head
  return `{\n  "apiVersion": "${apiVersion}",\n  "kind": "${kind}",\n  "findings": [${lines === '' ? '' : `\n${lines}\n  `}]\n}\n`
}

function isEntry(value: unknown): value is BaselineEntry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Record<string, unknown>
  const isNumber = entry['degree'] === undefined || Number.isFinite(entry['degree'])
  return isNumber && ['object', 'rule', 'field'].every((key) => typeof entry[key] === 'string')
}

function refuse(file: string, why: string): never {
  throw new UsageError(`--baseline ${file}: ${why}; evenkeel baseline writes one`, 'EVENKEEL_BASELINE_INVALID')
}

function parsed(file: string): unknown {
  const read = readFile(file)
  if ('error' in read) return refuse(file, read.error.message)
  try {
    return JSON.parse(read.text)
  } catch (error) {
    return refuse(file, `cannot be read: ${(error as Error).message}`)
  }
}

/** Reads what `evenkeel baseline` wrote. Throws a UsageError where it is anything else. */
export function readBaseline(file: string): readonly BaselineEntry[] {
  const baseline = parsed(file) as Partial<typeof head & { readonly findings: unknown }> | null
  if (baseline?.apiVersion !== head.apiVersion || baseline.kind !== head.kind)
    refuse(file, 'is no Baseline of evenkeel')
  const { findings } = baseline
  if (!Array.isArray(findings)) return refuse(file, 'findings is no list')
  const wrong = findings.findIndex((entry) => !isEntry(entry))
  if (wrong >= 0) refuse(file, `findings[${wrong}] is not an object, a rule and a field, with or without a degree`)
  return findings as BaselineEntry[]
}

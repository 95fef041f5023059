import { cpus } from 'node:os'

/** One figure beside its floor. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly floor?: number
  readonly ours: number
  /** The most that ours, or its ratio to the floor, is meant to be. */
  readonly goal?: { readonly of: 'ours' | 'ratio'; readonly atMost: number }
}

export interface Measurement {
  readonly benchmark: string
  /** What the floor is, and what was done. */
  readonly about: string
  readonly rows: readonly Row[]
}

function ratioOf({ floor, ours }: Row): number | undefined {
  return floor === undefined ? undefined : ours / floor
}

function figure(value: number, unit: string): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${unit}`
}

function verdict(row: Row): string {
  const { goal, ours, unit } = row
  if (goal === undefined) return ''
  const value = goal.of === 'ours' ? ours : (ratioOf(row) ?? Infinity)
  const limit = goal.of === 'ours' ? `${goal.atMost} ${unit}` : goal.atMost.toFixed(2)
  return `<= ${limit} ${value <= goal.atMost ? 'met' : 'MISSED'}`
}

function line([what, floor, ours, ratio, goal]: readonly [string, string, string, string, string]): string {
  return `  ${what.padEnd(44)}${floor.padStart(10)}${ours.padStart(10)}${ratio.padStart(7)}  ${goal}`.trimEnd()
}

/** The measurement as README quotes it. */
export function tableOf({ benchmark, about, rows }: Measurement): string {
  const lines = rows.map((row) => {
    const floor = row.floor === undefined ? '' : figure(row.floor, row.unit)
    return line([row.what, floor, figure(row.ours, row.unit), ratioOf(row)?.toFixed(2) ?? '', verdict(row)])
  })
  return [`${benchmark}: ${about}`, line(['', 'floor', 'ours', 'ratio', 'goal']), ...lines].join('\n')
}

/** What it ran on. */
export function machine(): string {
  return `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${process.platform} ${process.arch}, Node ${process.version}`
}

import type { IntOrPercent } from '../model/object.ts'

/** The number in front of a percent sign, or undefined for an integer (apimachinery, intstr). */
export function percentOf(value: IntOrPercent): number | undefined {
  if (typeof value === 'number') return undefined
  const match = /^([0-9]+)%$/.exec(value)
  return match ? Number(match[1]) : undefined
}

/** An integer stays, a percentage is taken of `base` and rounded `up` or `down` (intstr.GetScaledValueFromIntOrPercent). */
export function resolve(value: IntOrPercent, base: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  const part = ((percentOf(value) ?? 0) * base) / 100
  return rounding === 'up' ? Math.ceil(part) : Math.floor(part)
}

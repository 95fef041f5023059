import type { Quantity } from '../model/object.ts'
import { memo } from '../plain/memo.ts'

/** What a quantity looks like: sign, digits, and a suffix or exponent (apimachinery, resource.ParseQuantity). */
export const quantityPattern =
  '^([+-]?)(?:([0-9]{1,64})(?:\\.([0-9]{0,64}))?|\\.([0-9]{1,64}))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]{1,2}))?$'
const form = new RegExp(quantityPattern)

const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

function tenTo(power: number): bigint {
  return 10n ** BigInt(Math.max(0, power))
}

/** A JSON number may be larger or smaller than anything that is counted here; digits that a quantity can have stay. */
function written(quantity: Quantity): string {
  if (typeof quantity !== 'number') return quantity ?? '0'
  const size = Math.abs(quantity)
  const sign = quantity < 0 ? '-' : ''
  if (size > 1e30) return `${sign}1e30`
  return size > 0 && size < 1e-9 ? `${sign}1n` : String(quantity)
}

const nanosIn = memo((text) => {
  const match = form.exec(text)
  if (!match) throw new RangeError(`${text} is no quantity`)
  const [, sign, whole = '', decimals = '', onlyDecimals = '', suffix = '', exponent = '0'] = match
  const fraction = decimals + onlyDecimals
  const power = 9 - fraction.length + (decimal[suffix] ?? 0) + Number(exponent)
  const digits = BigInt(whole + fraction) * 1024n ** BigInt(Math.max(0, binary.indexOf(suffix)))
  const divisor = tenTo(-power)
  const nanos = (digits * tenTo(power) + divisor - 1n) / divisor
  return sign === '-' ? -nanos : nanos
})

/** In billionths, the smallest part that a quantity has; what is smaller rounds up, as for the API server. Throws if it is no quantity. */
export function nanosOf(quantity: Quantity): bigint {
  return nanosIn(written(quantity))
}

const units = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'E', 'P', 'T', 'G', 'M', '', 'm', 'u', 'n'].map(
  (unit) => [unit, nanosOf(`1${unit}`)] as const,
)

/** As people write it: a whole number of the largest unit that allows it. */
export function quantityText(nanos: bigint): string {
  const [unit, size] = (nanos === 0n ? undefined : units.find(([, each]) => nanos % each === 0n)) ?? ['', 1n]
  return `${nanos / size}${unit}`
}

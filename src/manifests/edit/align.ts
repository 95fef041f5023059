import { isEqual } from '../../kube/equal.ts'
import type { Json } from '../../model/object.ts'

/**
 * For each item desired the index of the current one that it is written over, ascending; undefined for those to be inserted. Arrays of
 * one length are taken item by item; else as many as possible that stay are found, and what is between them goes pairwise.
 */
export function align(current: readonly Json[], desired: readonly Json[]): (number | undefined)[] {
  if (current.length === desired.length) return [...desired.keys()]
  const over: (number | undefined)[] = []
  let at = 0
  for (const [i, j] of [...commonItems(current, desired), [current.length, desired.length] as const]) {
    while (over.length < j) over.push(at < i ? at++ : undefined)
    if (j < desired.length) over.push(i)
    at = i + 1
  }
  return over
}

/** The longest common subsequence, as pairs of indices. */
function commonItems(current: readonly Json[], desired: readonly Json[]): (readonly [number, number])[] {
  const width = desired.length + 1
  const same = current.map((item) => desired.map((other) => isEqual(item, other)))
  const lengths = new Uint32Array((current.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = current.length - 1; i >= 0; i--)
    for (let j = desired.length - 1; j >= 0; j--)
      lengths[i * width + j] = same[i]?.[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pairs: (readonly [number, number])[] = []
  for (let i = 0, j = 0; i < current.length && j < desired.length; ) {
    if (same[i]?.[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return pairs
}

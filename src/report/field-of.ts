import { partsOf } from './fold.ts'
import type { Line } from './severity.ts'

/**
 * The field that a line is about, in dotted form with its container by name: `spec.template.spec.containers[web].image`. It stays the
 * same when lines move, values change and containers change places.
 */
export function fieldOf(line: Line): string {
  const { container, end } = partsOf(line)
  const field = end.replace(/^ \(/, '').replace(/\) \[[\w-]+\]$/, '')
  return container === undefined ? field : field.replace(/ontainers\[\d+\]/, `ontainers[${container}]`)
}

import { evaluate } from '../../src/engine/evaluate.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { World } from '../../src/model/world.ts'
import { enable } from '../../src/policy/enable.ts'
import { presetFile } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { admitted, wanting } from './review.ts'
import { median } from './statistics.ts'
import type { Measurement, Row } from './table.ts'

const rounds = 40
const warmUp = 10
const objects = 1000

const world: World = {
  policies: [enable(presetFile('strict'), rules)],
  view: viewOf([]),
  now: Date.now(),
  request: { operation: 'CREATE', user: { username: 'ann', groups: [] }, change: 'create' },
  defaulted: true,
}

/** Microseconds each. */
function timeOf<T>(things: readonly T[], work: (thing: T) => unknown): number {
  const start = performance.now()
  for (const thing of things) work(thing)
  return ((performance.now() - start) / things.length) * 1000
}

function measure(what: string, object: KubeObject, decision: string): Row {
  const found = evaluate(object, world).decision
  if (found !== decision) throw new Error(`${what}: expected ${decision}, found ${found}`)
  const texts = Array<string>(objects).fill(JSON.stringify(object))
  const floor: number[] = []
  const ours: number[] = []
  for (let round = 0; round < warmUp + rounds; round++) {
    floor.push(timeOf(texts, (text) => JSON.parse(text) as unknown))
    // Each is new to the engine, as every review is.
    const parsed = texts.map((text) => JSON.parse(text) as KubeObject)
    ours.push(timeOf(parsed, (one) => evaluate(one, world)))
  }
  return { what, unit: 'us', floor: median(floor.slice(warmUp)), ours: median(ours.slice(warmUp)) }
}

/** The engine alone, in this process. */
export function run(): Promise<Measurement> {
  const rows = [
    measure(`${rules.length} rules, nothing found`, admitted.request.object, 'admit'),
    measure(`${rules.length} rules, denied`, wanting.request.object, 'deny'),
  ]
  return Promise.resolve({
    benchmark: 'evaluate',
    about: 'the engine, an object; floor: JSON.parse of the object',
    rows,
  })
}

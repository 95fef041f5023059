import type { LabelSelector } from '../model/object.ts'
import { type Labels, matchesSelector } from './selector.ts'

type Selector = LabelSelector | undefined | null

interface Placed<T> {
  readonly item: T
  readonly place: number
}

/** Items by a label that they have, or ask for. */
type Shelves<T> = Map<string, Placed<T>[]>

/** `=` stands in no label's name or value (apimachinery, validation), so two labels never read the same. */
function labelText(key: string, value: string | null): string {
  return `${key}=${value ?? ''}`
}

function labelTexts(labels: Labels): string[] {
  return Object.entries(labels).map(([key, value]) => labelText(key, value))
}

/** Alternatives of which every match has one, a list for each requirement; those that an absent label can meet are left out. */
function alternativesOf(selector: LabelSelector): string[][] {
  const wanted = labelTexts(selector.matchLabels ?? {}).map((text) => [text])
  const listed = (selector.matchExpressions ?? []).filter(({ operator }) => operator === 'In')
  return [...wanted, ...listed.map(({ key, values }) => (values ?? []).map((value) => labelText(key, value)))]
}

/** The demand that fewest others share. */
function rarest(demands: readonly string[][], countOf: (text: string) => number): readonly string[] | undefined {
  const weigh = (demand: readonly string[]) => demand.reduce((sum, text) => sum + countOf(text), 0)
  const [first, ...rest] = demands.map((demand) => ({ demand, weight: weigh(demand) }))
  return first && rest.reduce((least, next) => (next.weight < least.weight ? next : least), first).demand
}

function put<T>(shelves: Shelves<T>, text: string, placed: Placed<T>): void {
  const shelf = shelves.get(text)
  if (shelf) shelf.push(placed)
  else shelves.set(text, [placed])
}

function taken<T>(candidates: readonly Placed<T>[], isRight: (item: T) => boolean): T[] {
  const found = [...new Set(candidates)].filter(({ item }) => isRight(item))
  return found.sort((a, b) => a.place - b.place).map(({ item }) => item)
}

/**
 * Answers which items' selectors match labels, in the order of the items; what it costs grows with the answer, not with the items:
 * each lies under the rarest label that it requires. Only selectors that require none (`{}`, `NotIn`, `Exists`) are all tried.
 */
export function selectorIndex<T>(items: readonly T[], selectorOf: (item: T) => Selector): (labels: Labels) => T[] {
  const asking = items.flatMap((item, place) => {
    const selector = selectorOf(item)
    return selector == null ? [] : [{ placed: { item, place }, demands: alternativesOf(selector) }]
  })
  const counts = new Map<string, number>()
  for (const text of asking.flatMap(({ demands }) => demands.flat())) counts.set(text, (counts.get(text) ?? 0) + 1)
  const shelves: Shelves<T> = new Map()
  const anywhere: Placed<T>[] = []
  for (const { placed, demands } of asking) {
    const demand = rarest(demands, (text) => counts.get(text) ?? 0)
    if (demand === undefined) anywhere.push(placed)
    else for (const text of demand) put(shelves, text, placed)
  }
  return (labels) => {
    const candidates = labelTexts(labels).flatMap((text) => shelves.get(text) ?? [])
    return taken([...anywhere, ...candidates], (item) => matchesSelector(selectorOf(item), labels))
  }
}

/** The other way round: answers which items' labels a selector matches, in the order of the items. */
export function labelIndex<T>(items: readonly T[], labelsOf: (item: T) => Labels): (selector: Selector) => T[] {
  const all = items.map((item, place) => ({ item, place }))
  const shelves: Shelves<T> = new Map()
  for (const placed of all) for (const text of labelTexts(labelsOf(placed.item))) put(shelves, text, placed)
  return (selector) => {
    if (selector == null) return []
    const demand = rarest(alternativesOf(selector), (text) => shelves.get(text)?.length ?? 0)
    const candidates = demand === undefined ? all : demand.flatMap((text) => shelves.get(text) ?? [])
    return taken(candidates, (item) => matchesSelector(selector, labelsOf(item)))
  }
}

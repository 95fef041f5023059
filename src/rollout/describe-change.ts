import { isEqual } from '../kube/equal.ts'
import { type ImageReference, imageReference } from '../kube/image.ts'
import type { Container, PodTemplate } from '../model/workload.ts'

const longest = 200

function containersOf(template: PodTemplate): readonly Container[] {
  return [...(template.spec?.initContainers ?? []), ...(template.spec?.containers ?? [])]
}

/** The tag; between two digests under the same tag, the digest. */
function versionOf({ tag, digest }: ImageReference, other: ImageReference): string {
  return (tag === other.tag ? digest : undefined) ?? tag ?? digest ?? 'latest'
}

function imageChange(name: string, before: string, after: string): string {
  const old = imageReference(before)
  const now = imageReference(after)
  const [from, to] = [versionOf(old, now), versionOf(now, old)]
  const isNewer = old.repository === now.repository && from !== to
  return isNewer ? `image ${name} ${from} -> ${to}` : `image ${name} ${before} -> ${after}`
}

interface Named {
  readonly name: string
}

function byName<T extends Named>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]))
}

function countDifferent(before: readonly Named[], after: readonly Named[]): number {
  const old = byName(before)
  const now = byName(after)
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => !isEqual(old.get(name), now.get(name))).length
}

/** Names of the fields that differ, sorted: the order of keys is nobody's intention. */
function fieldChanges(before: object, after: object, skipped: readonly string[]): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const at = (object: object, key: string) => (object as Record<string, unknown>)[key] ?? undefined
  return [...names].filter((key) => !skipped.includes(key) && !isEqual(at(before, key), at(after, key))).sort()
}

function envOf(container: Container): readonly Named[] {
  return (container as { readonly env?: readonly Named[] | null }).env ?? []
}

function containerChanges(before: Container | undefined, after: Container): string[] {
  if (before === undefined) return [`container ${after.name} added`]
  const images = before.image === after.image ? [] : [imageChange(after.name, before.image ?? '', after.image ?? '')]
  const variables = countDifferent(envOf(before), envOf(after))
  const env = variables === 0 ? [] : [`${after.name} ${variables} env var${variables === 1 ? '' : 's'}`]
  return [
    ...images,
    ...env,
    ...fieldChanges(before, after, ['name', 'image', 'env']).map((field) => `${after.name} ${field}`),
  ]
}

/** What differs between two pod templates, most telling first; names and images only, never a value that could be a secret. */
function templateChanges(before: PodTemplate, after: PodTemplate): string[] {
  const old = byName(containersOf(before))
  const now = byName(containersOf(after))
  const gone = [...old.keys()].filter((name) => !now.has(name)).map((name) => `container ${name} removed`)
  const changed = [...now.values()].flatMap((container) => containerChanges(old.get(container.name), container))
  const spec = fieldChanges(before.spec ?? {}, after.spec ?? {}, ['containers', 'initContainers'])
  const metadata = fieldChanges(before.metadata ?? {}, after.metadata ?? {}, []).map((field) => `pod ${field}`)
  return [...changed, ...gone, ...spec, ...metadata]
}

function firstImages(template: PodTemplate): string[] {
  return containersOf(template).map(({ name, image }) => `image ${name} ${image ?? '?'}`)
}

/** Changes and who made them in one line, images first: printable ASCII, at most 200 characters. */
export function inOneLine(changes: readonly string[], author: string): string {
  const isTelling = (change: string) => /^(first rollout$|image )/.test(change)
  const sorted = [...changes.filter(isTelling), ...changes.filter((change) => !isTelling(change))]
  const end = author === '' ? '' : `; by ${author}`.slice(0, longest / 2)
  const room = longest - end.length
  let text = sorted.join(', ') || 'pod template'
  if (text.length > room) text = `${text.slice(0, room - 3)}...`
  return `${text}${end}`.replaceAll(/[^\x20-\x7e]/g, '?').trim()
}

/**
 * A change-cause in one line: `image api 1.4.2 -> 1.5.0, api 2 env vars; by alice via kubectl-set`. Without `before` it tells the first
 * images. The same for the same difference.
 */
export function describeChange(before: PodTemplate | undefined, after: PodTemplate, author: string): string {
  const changes = before === undefined ? ['first rollout', ...firstImages(after)] : templateChanges(before, after)
  return inOneLine(changes, author)
}

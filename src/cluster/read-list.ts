import { isObject } from '../kube/is-object.ts'
import type { Resource } from '../kube/resources.ts'
import type { KubeObject } from '../model/object.ts'
import { parseJson } from '../plain/parse-json.ts'
import { ClusterError } from './cluster-error.ts'
import type { Answer, Get } from './connection.ts'
import type { ListItem } from './project.ts'
import { pathOf } from './resource-path.ts'

/** The API server would not give it, or gave what is no list. */
export interface Refusal {
  /** Of HTTP; 0 if it was not asked. */
  readonly status: number
  readonly reason: string
}

/** A list to read; see `readPlace`. */
export interface ListRequest {
  readonly get: Get
  readonly resource: Resource
  readonly namespace: string | undefined
  /** Only those with these labels. */
  readonly labels?: Readonly<Record<string, string>>
  /** What is kept of each. */
  readonly keep: (item: ListItem, resource: Resource) => KubeObject
  readonly onPage?: (more: number) => void
}

/** kubectl's chunk size, too. */
const pageSize = 500
/** More than any cluster holds of a kind: etcd has 8 GiB at most. */
const mostObjects = 1_000_000
const longestReason = 300
const noList: Refusal = { status: 200, reason: 'the answer is no Kubernetes list' }

/** Reads a list, or the one object at its path. A list that expires while it is read (410) is read once more from the start. */
export async function readList(request: ListRequest): Promise<readonly KubeObject[] | Refusal> {
  const first = await readPages(request)
  return 'status' in first && first.status === 410 ? readPages(request) : first
}

/** Of each page only what is asked for is kept, so that no more than one page is held whole. */
async function readPages({
  get,
  resource,
  namespace,
  labels = {},
  keep,
  onPage,
}: ListRequest): Promise<KubeObject[] | Refusal> {
  const objects: KubeObject[] = []
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const query = new URLSearchParams({
    limit: `${pageSize}`,
    ...(selector.length > 0 && { labelSelector: selector.join() }),
  })
  const begin = `${pathOf(resource, namespace)}?${query.toString()}`
  const isEndless = (next: string, token: string) => next === token || objects.length > mostObjects
  const giveUp = (refusal: Refusal) => {
    onPage?.(-objects.length)
    return refusal
  }
  for (let token = ''; ; ) {
    const page = pageOf(await get(token === '' ? begin : `${begin}&continue=${encodeURIComponent(token)}`))
    if ('status' in page) return giveUp(page)
    for (const item of page.items) objects.push(keep(item, resource))
    onPage?.(page.items.length)
    if (page.next === '') return objects
    if (isEndless(page.next, token)) return giveUp({ status: 200, reason: 'the list does not end' })
    token = page.next
  }
}

interface Page {
  readonly items: readonly ListItem[]
  /** The token of the next page; empty on the last. */
  readonly next: string
}

function pageOf({ status, body }: Answer): Page | Refusal {
  const unauthorized = 'the API server does not accept the credentials (401)'
  if (status === 401) throw new ClusterError('EVENKEEL_CLUSTER_UNAUTHORIZED', unauthorized)
  if (body === undefined) return { status, reason: 'the answer is too large' }
  const content = parseJson(body)
  if (status !== 200) return { status, reason: reasonOf(status, content) }
  return isObject(content) ? contentOf(content) : noList
}

function contentOf(content: Readonly<Record<string, unknown>>): Page | Refusal {
  // Go writes an empty list as null now and then.
  const items: unknown = 'items' in content ? (content['items'] ?? []) : [content]
  if (!Array.isArray(items) || !items.every(isItem)) return noList
  const { metadata } = content
  const next = isObject(metadata) ? metadata['continue'] : undefined
  return { items, next: typeof next === 'string' ? next : '' }
}

function isItem(item: unknown): item is ListItem {
  return isObject(item) && isObject(item['metadata']) && typeof item['metadata']['name'] === 'string'
}

/** The message of the Status object that the API server answers errors with. */
function reasonOf(status: number, content: unknown): string {
  const message = isObject(content) ? content['message'] : undefined
  return typeof message === 'string' && message !== ''
    ? message.slice(0, longestReason).replaceAll(/\p{Cc}+/gu, ' ')
    : `the API server answered ${status}`
}

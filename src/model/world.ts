import type { ClusterView } from './cluster-view.ts'
import type { Policy } from './policy.ts'
import type { RequestInfo } from './request.ts'

/** Everything an evaluation depends on besides the object itself. */
export interface World {
  readonly policies: readonly Policy[]
  readonly view: ClusterView
  /** What was around the old object, where a change brings more than one object: by default what is around the new one. */
  readonly before?: ClusterView
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Set when the object comes with a write. */
  readonly request?: RequestInfo
  /** Whether the API server has filled in defaults, as in requests and in the cluster; not so in files. */
  readonly defaulted: boolean
}

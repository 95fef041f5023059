import type { GroupKind, KubeObject } from './object.ts'

/** A synchronous snapshot of what is known of the world around an object. */
export interface ClusterView {
  /** Whether `list` is the whole truth for this kind there; false means that nothing can be concluded from its absence. */
  knows(kind: GroupKind, namespace?: string): boolean
  /**
   * The known objects; cluster-scoped kinds take `''` as the namespace. Empty when unknown. A list never changes, and as long as
   * nothing does it is the same one, so that what is worked out of it (an index) can be kept.
   */
  list(kind: GroupKind, namespace: string): readonly KubeObject[]
}

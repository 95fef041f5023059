import type { KubeObject } from './object.ts'

export interface UserInfo {
  readonly username: string
  readonly groups: readonly string[]
}

/**
 * What a write does to an object. `none`: the spec stays; `scale`, `pause`, `restart`: only that;
 * `rollback`: back to a template that an owned revision carries; `template`: new pods; `settings`: the rest of the spec.
 */
export type ChangeKind = 'create' | 'none' | 'scale' | 'pause' | 'restart' | 'rollback' | 'template' | 'settings'

/** The write that brings the object, as the API server tells it. */
export interface RequestInfo {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly user: UserInfo
  readonly oldObject?: KubeObject | undefined
  readonly change: ChangeKind
  readonly fieldManager?: string | undefined
}

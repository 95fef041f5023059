import type { JsonPointer } from '../model/object.ts'

/** Why a surge pod certainly finds no room. */
export interface Obstacle {
  readonly message: string
  readonly path: JsonPointer
  readonly container?: string
  /** A volume that only one pod, or the pods of one node, can have: then the old pod has to go first. */
  readonly isVolume?: true
}

/** What stands in the way of a surge, and what would have to be known to tell. */
export interface Room {
  readonly obstacles: readonly Obstacle[]
  readonly unknown: readonly string[]
}

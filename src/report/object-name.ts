import type { ObjectRef } from '../model/object.ts'
import { printable } from './printable.ts'

/** `Deployment shop/web`. */
export function objectName({ kind, namespace, name }: ObjectRef): string {
  return printable(`${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`)
}

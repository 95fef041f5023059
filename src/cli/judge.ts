import { evaluate } from '../engine/evaluate.ts'
import { fix } from '../engine/fix.ts'
import { groupKindOf } from '../kube/group-kind.ts'
import { dotted } from '../kube/pointer.ts'
import type { KubeObject } from '../model/object.ts'
import type { World } from '../model/world.ts'
import type { JudgedObject, ReportError } from '../report/check-report.ts'
import { shapeError } from '../workloads/shape-error.ts'
import { judgedKinds } from './kinds.ts'

const judged: ReadonlySet<string> = new Set(judgedKinds)

/** Whether any rule judges objects of this kind. */
export function isJudged(object: KubeObject): boolean {
  return judged.has(groupKindOf(object))
}

/** Judges one object, if asked for as it will be once the webhook has applied its fixes. */
export function judge(object: KubeObject, world: World, asAdmitted = false): JudgedObject['evaluation'] {
  return evaluate(asAdmitted ? fix(object, world, 'admission').object : object, world)
}

/** What is wrong with the types of an object's values, as an error of the input. */
export function shapeComplaint(
  object: KubeObject,
): (Pick<ReportError, 'code' | 'message'> & { readonly path: string }) | undefined {
  const error = shapeError(object)
  if (error === undefined) return undefined
  const { path, message } = error
  const what = path === '' ? message : `${dotted(path)} ${message}`
  return { code: 'EVENKEEL_OBJECT_INVALID', message: `${object.kind} ${object.metadata.name ?? ''}: ${what}`, path }
}

import type { Evaluation } from '../model/result.ts'
import type { JudgedObject } from '../report/check-report.ts'
import { objectName } from '../report/object-name.ts'

/** A baseline at work in a run, or none. */
export interface Covering {
  cover(evaluation: Evaluation): Evaluation
  /** What people should know of entries that covered nothing, once all objects are judged. */
  notes(objects: readonly JudgedObject[]): readonly string[]
}

const maxNotes = 10
const nothing: Covering = { cover: (evaluation) => evaluation, notes: () => [] }

/** Reads `--baseline`; without it nothing is covered. Throws a UsageError where it cannot be read. */
export async function baselineOf({ baseline: file }: { readonly baseline?: string }): Promise<Covering> {
  if (file === undefined) return nothing
  const [{ readBaseline }, { createBaseline }] = await Promise.all([
    import('./baseline-file.ts'),
    import('../report/baseline.ts'),
  ])
  const baseline = createBaseline(readBaseline(file))
  return {
    cover: (evaluation) => baseline.cover(evaluation),
    notes: (objects) => {
      // A run on a few files says nothing about the others' findings.
      const judged = new Set(objects.map(({ evaluation }) => objectName(evaluation.object)))
      const gone = baseline.unused().filter(({ object }) => judged.has(object))
      if (gone.length === 0) return []
      return [
        `${file}: ${gone.length} of its findings are no more; evenkeel baseline writes it anew`,
        ...gone.slice(0, maxNotes).map(({ object, rule, field }) => `  ${object}: ${field} [${rule}]`),
      ]
    },
  }
}

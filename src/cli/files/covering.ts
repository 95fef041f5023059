import type { Evaluation } from '../../model/result.ts'
import { createBaseline } from '../../report/baseline.ts'
import type { JudgedObject } from '../../report/check-report.ts'
import { objectName } from '../../report/object-name.ts'
import { readBaseline } from './baseline-file.ts'

/** A baseline at work in a run. */
export interface Covering {
  cover(evaluation: Evaluation): Evaluation
  /** What people should know of entries that covered nothing, once all objects are judged. */
  notes(objects: readonly JudgedObject[]): readonly string[]
}

const maxNotes = 10

/** What `evenkeel baseline` wrote into the file. Throws a UsageError where it cannot be read. */
export function coveringOf(file: string): Covering {
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

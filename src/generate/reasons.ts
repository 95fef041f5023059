import { existsSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { load } from 'js-yaml'

/** What a rule can answer, and `fix`: a failing fixture that it proposes to repair. */
export const cells = ['pass', 'fail', 'skip', 'fix'] as const
export type Cell = (typeof cells)[number]

/** Why there can be no fixture in these cells of the table. */
export interface Reason {
  readonly kinds: readonly string[]
  readonly cells: readonly Cell[]
  readonly because: string
}

const listOf = (items: object) => ({ type: 'array', minItems: 1, uniqueItems: true, items })
const schema = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['kinds', 'cells', 'because'],
    properties: {
      kinds: listOf({ type: 'string' }),
      cells: listOf({ enum: cells }),
      because: { type: 'string', pattern: '^[^|\\n]{15,}[^.|\\n]$' },
    },
  },
}

/** Reads a rule's `reasons.yaml`, if there is one; throws where it is not of the shape that README.md beside the fixtures describes. */
export function readReasons(path: string): readonly Reason[] {
  if (!existsSync(path)) return []
  const ajv = new Ajv()
  const reasons = load(readFileSync(path, 'utf8'))
  if (!ajv.validate(schema, reasons)) throw new Error(`${path}: ${ajv.errorsText(ajv.errors)}`)
  return reasons as readonly Reason[]
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { validateXML } from 'xmllint-wasm'

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'schemas', name), 'utf8')

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true })
  formats.default(ajv)
  return ajv.compile(schema)
}

/** Draft 4 differs in words that this schema does not use. */
const sarif = compile({ ...(JSON.parse(read('sarif-schema-2.1.0.json')) as object), $schema: undefined, id: undefined })
const issue = JSON.parse(read('gitlab-codeclimate.json')) as object
const gitlab = compile({ type: 'array', items: issue })
const junit = read('junit-10.xsd')

function complaints(validate: ValidateFunction, text: string): string[] {
  return validate(JSON.parse(text)) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ''}`)
}

/** What the published schemas have to say against an output. */
export const against = {
  sarif: async (text: string) => complaints(sarif, text),
  gitlab: async (text: string) => complaints(gitlab, text),
  junit: async (text: string) => {
    const { errors } = await validateXML({ xml: [{ fileName: 'report.xml', contents: text }], schema: [junit] })
    return errors.map(({ message }) => message)
  },
} as const

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { exemptionRule } from '../engine/exemption-rule.ts'
import { presetFile } from '../policy/presets.ts'
import { policySchema } from '../policy/schema.ts'
import { definitions, shapes } from '../workloads/shape.ts'
import { atWork } from './at-work.ts'
import { coverageOf, coverageText } from './coverage.ts'
import { readExamples } from './examples.ts'
import { terminalPicture } from './picture.ts'
import { presetText } from './policies.ts'
import { replacedBetween, rulesByCategory } from './readme.ts'
import { examplesModule, ownReferencePage, referenceIndex, referencePage } from './reference.ts'
import { rulesTable } from './rules-table.ts'
import { validatorModule } from './validators.ts'

/** Writes what is derived from the rules; with `--check` it writes nothing and fails if a file would change. */
const isCheck = process.argv.includes('--check')

function current(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function write(path: string, text: string): void {
  if (current(path) === text) return
  if (isCheck) {
    process.stderr.write(`${path} is not what npm run generate writes\n`)
    process.exitCode = 1
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const ids = readdirSync('src/rules')
  .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'index.ts')
  .map((file) => file.replace(/\.ts$/, ''))
  .sort()

write('src/rules/index.ts', rulesTable(ids))
write('src/workloads/shape.generated.ts', validatorModule(shapes, { schemas: definitions }))

// The table has just been written: only now is it the one to read.
const { rules } = await import('../rules/index.ts')
const schema = policySchema(rules)
write('src/policy/policy-file.generated.ts', validatorModule({ policy: schema }, { allErrors: true, verbose: true }))
write('policies/schema.json', `${JSON.stringify(schema, null, 2)}\n`)
for (const column of ['strict', 'production', 'staging', 'development'] as const) {
  write(`policies/presets/${presetFile(column).metadata.name}.yaml`, presetText(column, rules))
}
const examples = rules.map((rule) => ({ rule, of: readExamples(rule, 'test/rules') }))
for (const { rule, of } of examples) write(`policies/reference/${rule.id}.md`, referencePage(rule, of))
write(
  'src/cli/examples.generated.ts',
  examplesModule(Object.fromEntries(examples.map(({ rule, of }) => [rule.id, of]))),
)
write(`policies/reference/${exemptionRule.id}.md`, ownReferencePage())
write('policies/reference/README.md', referenceIndex(rules))
write('test/rules/COVERAGE.md', coverageText(coverageOf(rules, 'test/rules')))
write('README.md', replacedBetween(readFileSync('README.md', 'utf8'), 'rules', rulesByCategory(rules)))
write('docs/at-work.svg', terminalPicture(atWork(rules)))

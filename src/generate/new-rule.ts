import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { fixtureTemplate, ruleTemplate } from './rule-template.ts'

/** `npm run new-rule ID [-- --root DIR]`: the files of a new rule, and what to do next. Exits with 2 if there is nothing to write. */
const { values, positionals } = parseArgs({ options: { root: { type: 'string' } }, allowPositionals: true })
const root = values.root ?? join(import.meta.dirname, '..', '..')
const [id = ''] = positionals

function faultOf(files: readonly string[]): string | undefined {
  if (positionals.length !== 1) return 'usage: npm run new-rule ID'
  if (!/^(require|disallow|limit)(-[a-z]+)+$/.test(id)) {
    return `"${id}" is no id of a rule: require-, disallow- or limit-, then words of small letters, e.g. require-pod-labels`
  }
  const taken = files.find((file) => existsSync(join(root, file)))
  return taken === undefined ? undefined : `there is a rule ${id} already: ${taken}`
}

const files = {
  [`src/rules/${id}.ts`]: ruleTemplate(id),
  [`test/rules/${id}/fail.yaml`]: fixtureTemplate('what is wrong here.'),
  [`test/rules/${id}/pass.yaml`]: fixtureTemplate('why this is right.'),
}
const fault = faultOf(Object.keys(files))

if (fault !== undefined) {
  process.stderr.write(`${fault}\n`)
  process.exitCode = 2
} else {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  process.stdout.write(`${Object.keys(files).join('\n')}

1. Say in the rule what it asks and why, write check, and make one fixture fail and one pass (test/rules/README.md).
2. npm run generate
3. UPDATE_SNAPSHOTS=1 npx tap run test/rules/fixtures.test.ts, and read what it wrote.
4. npm test -- test/rules/*.test.ts names what is missing: fixtures (then step 3 again) or reasons by kind, a healthy
   application that passes.
5. UPDATE_SNAPSHOTS=1 npx tap run test/seeds/seeds.test.ts, and read what strict now says of five real systems: a row of
   test/seeds/REVIEW.md whose verdict changed, or that the finding is new to, says why a reader of their documents would agree.
6. npm run generate once more, since it counts fixtures and fixes, then npm run lint and npm test.
`)
}

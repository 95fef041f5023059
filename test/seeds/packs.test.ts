import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { findPolicies } from '../../src/cli/find-policies.ts'
import { rules } from '../../src/rules/index.ts'

const root = join(import.meta.dirname, '../../policies')
const files = readdirSync(root).filter((file) => file.endsWith('.yaml'))
const packs = files.map((file) => ({ name: basename(file, '.yaml'), file: join(root, file) }))

/** The rules that a pack enables, by their ids. */
async function enabledBy(file: string): Promise<string[]> {
  const { policies } = await findPolicies({ policy: [file] }, process.cwd())
  return [...new Set(policies.flatMap(({ rules }) => rules.map(({ rule }) => rule.id)))].sort()
}

for (const { name, file } of packs) {
  t.test(`${name}: the table in front of the pack names the rules that it enables, and no others`, async (t) => {
    const comment = readFileSync(file, 'utf8').match(/^#.*$/gm)?.join('\n') ?? ''
    const named = comment.match(/\b(?:require|limit|disallow)-[a-z-]+[a-z]\b/g) ?? []
    t.same([...new Set(named)].sort(), await enabledBy(file))
  })
}

t.test('a rule says that it is demanded by the packs that enable it, and by no others', async (t) => {
  t.equal(packs.length, 5)
  const enabled = await Promise.all(packs.map(async ({ name, file }) => ({ name, ids: await enabledBy(file) })))
  for (const { id, demandedBy } of rules) {
    const demanding = enabled.filter(({ ids }) => ids.includes(id)).map(({ name }) => name)
    t.same(demandedBy, demanding.sort(), id)
  }
})

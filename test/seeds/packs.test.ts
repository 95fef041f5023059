import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { findPolicies } from '../../src/cli/find-policies.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { Evaluation } from '../../src/model/result.ts'
import { rules } from '../../src/rules/index.ts'
import { deployment, request, webContainer, world } from '../engine/scene.ts'

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

const changes = {
  image: { image: 'shop/web:1.6.0' },
  'set env': { env: [{ name: 'LOG', value: 'debug' }] },
  'set resources': { resources: { limits: { memory: '512Mi' } } },
  command: { command: ['serve'] },
}

/** What becomes of a change of the template under a policy that asks for nothing but its cause, and writes it. */
function changed(policy: Policy, container: object, metadata: object): Evaluation {
  const web = (parts: object): KubeObject => deployment({ metadata, containers: [{ ...webContainer, ...parts }] })
  const asked = request({ operation: 'UPDATE', change: 'template', oldObject: web({}), fieldManager: 'kubectl-set' })
  const where = world([policy], { request: asked })
  return evaluate(fix(web(container), where, 'admission').object, where)
}

t.test('where a pack lets the webhook write the cause, it takes what is written, whatever changes', async (t) => {
  const { policies } = await findPolicies({ policy: packs.map(({ file }) => file) }, process.cwd())
  const writing = policies.flatMap((policy) => {
    const row = policy.rules.find(({ rule, fix }) => rule.id === 'require-change-cause' && fix !== 'off')
    return row === undefined ? [] : [{ ...policy, match: {}, rules: [row] }]
  })
  t.ok(writing.length > 3)
  const pass = { decision: 'admit', results: [{ status: 'pass' }] }
  for (const policy of writing) {
    for (const [change, container] of Object.entries(changes)) {
      t.match(changed(policy, container, {}), pass, `${policy.name}, ${change}: the revision before had none`)
      const before = { annotations: { 'kubernetes.io/change-cause': 'version 1.0.0' } }
      t.match(changed(policy, container, before), pass, `${policy.name}, ${change}: that of before has stayed`)
    }
  }
})

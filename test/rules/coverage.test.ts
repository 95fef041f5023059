import t from 'tap'
import { coverageOf, isEmptyCell } from '../../src/generate/coverage.ts'
import { cells, readReasons } from '../../src/generate/reasons.ts'
import { rules } from '../../src/rules/index.ts'
import { fixturesRoot } from './read-fixture.ts'

const rows = coverageOf(rules, fixturesRoot)

const faulty = {
  'no-kind.yaml': '[{kinds: [], cells: [fix], because: it takes what only the author knows}]',
  'no-cell.yaml': '[{kinds: [Deployment], cells: [error], because: it takes what only the author knows}]',
  'no-sentence.yaml': '[{kinds: [Deployment], cells: [fix], because: none}]',
  'no-such-key.yaml': '[{kinds: [Deployment], cells: [fix], because: it takes what only the author knows, until: now}]',
}

t.test('each rule has a passing, failing, skipped and repaired fixture of each kind, or says why it cannot', (t) => {
  for (const row of rows) {
    for (const cell of cells) {
      const where = `${row.rule.id}, ${row.kind}, ${cell}`
      const stated = row.reasons[cell]?.length ?? 0
      if (!isEmptyCell(row, cell)) t.equal(stated, 0, `${where}: there is one, so no reason is needed`)
      else t.equal(stated, 1, `${where}: write a fixture, or a reason into test/rules/${row.rule.id}/reasons.yaml`)
    }
  }
  t.end()
})

t.test('a reason is about a kind that the rule judges', (t) => {
  for (const { id } of rules) {
    const kinds = rows.filter(({ rule }) => rule.id === id).map(({ kind }) => kind)
    const stated = readReasons(`${fixturesRoot}/${id}/reasons.yaml`).flatMap((reason) => reason.kinds)
    t.strictSame(
      stated.filter((kind) => !kinds.includes(kind)),
      [],
      id,
    )
  }
  t.end()
})

t.test('a reason without a kind, a cell or a sentence is none', (t) => {
  const dir = t.testdir({ ...faulty })
  for (const name of Object.keys(faulty)) t.throws(() => readReasons(`${dir}/${name}`), new RegExp(name))
  t.strictSame(readReasons(`${dir}/absent.yaml`), [])
  t.end()
})

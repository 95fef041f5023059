import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

t.test('every error code is documented once, and every documented one exists', async (t) => {
  const codes = (text: string) => [...text.matchAll(/EVENKEEL_[A-Z_]+/g)].map(([code]) => code)
  const used = new Set(globSync('src/**/*.ts').flatMap((file) => codes(readFileSync(file, 'utf8'))))
  const rows = codes(readFileSync('docs/errors.md', 'utf8'))
  t.strictSame(rows.toSorted(), [...used].sort())
})

import t from 'tap'
import { shortened } from '../../src/plain/shortened.ts'

t.test('a sentence that is too long keeps what is to be done, and loses its middle', (t) => {
  t.equal(shortened('grace period 30s; needs 40', 26), 'grace period 30s; needs 40')
  t.equal(shortened('grace period 30s; needs 40', 25), 'grace period...; needs 40')
  t.equal(shortened('one thing; and another; needs 40', 30), 'one thing; and an...; needs 40')
  t.equal(shortened('no semicolon in this one', 10), 'no semi...')
  t.equal(
    shortened('web; needs a good deal more than there is room for', 20),
    'web; needs a good...',
    'unless that is all',
  )
  t.end()
})

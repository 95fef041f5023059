import t from 'tap'
import { memo } from '../../src/plain/memo.ts'

t.test('what was worked out for a text is not worked out again', (t) => {
  const asked: string[] = []
  const lengthOf = memo((text) => {
    asked.push(text)
    return text.length
  })
  t.strictSame([lengthOf('web'), lengthOf('web'), lengthOf('')], [3, 3, 0])
  t.strictSame(asked, ['web', ''])
  t.end()
})

t.test('ever new texts do not fill the memory, and each still gets its own answer', (t) => {
  let worked = 0
  const self = memo((text) => {
    worked++
    return { text }
  })
  const texts = Array.from({ length: 10_000 }, (_, n) => `text ${n}`)
  t.ok(texts.every((text) => self(text).text === text))
  self('text 0')
  t.equal(worked, 10_001, 'the first one was forgotten')
  t.end()
})

t.test('a long text is worked out every time', (t) => {
  let worked = 0
  const lengthOf = memo(({ length }) => length + 0 * worked++)
  const long = 'x'.repeat(100_000)
  t.strictSame([lengthOf(long), lengthOf(long), worked], [100_000, 100_000, 2])
  t.end()
})

t.test('a text for which nothing can be worked out throws every time', (t) => {
  const never = memo(() => {
    throw new RangeError('no')
  })
  t.throws(() => never('x'), RangeError)
  t.throws(() => never('x'), RangeError)
  t.end()
})

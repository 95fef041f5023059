import fc from 'fast-check'
import t from 'tap'
import { nanosOf, quantityPattern, quantityText } from '../../src/kube/quantity.ts'
import type { Quantity } from '../../src/model/object.ts'

const one = 1_000_000_000n

t.test('a quantity in every spelling', (t) => {
  const spellings: readonly [Quantity, bigint][] = [
    [null, 0n],
    [0, 0n],
    ['0', 0n],
    ['0Mi', 0n],
    [2, 2n * one],
    ['2', 2n * one],
    ['+2', 2n * one],
    ['-2', -2n * one],
    ['2.', 2n * one],
    ['.5', one / 2n],
    [0.5, one / 2n],
    ['500m', one / 2n],
    ['1k', 1000n * one],
    ['1Ki', 1024n * one],
    ['1.5Gi', 1536n * 1024n * 1024n * one],
    ['1e3', 1000n * one],
    ['1E3', 1000n * one],
    ['1E', 10n ** 18n * one],
    ['5E-1', one / 2n],
    [1e21, 10n ** 21n * one],
    ['1n', 1n],
    ['0.1n', 1n],
    ['0.0000000001', 1n],
    ['1.0000000001', one + 1n],
  ]
  for (const [quantity, nanos] of spellings) t.equal(nanosOf(quantity), nanos, String(quantity))
  t.end()
})

t.test('what is no quantity is an error, here and where objects come in', (t) => {
  for (const text of ['', '.', 'm', '1mi', '1 Gi', '1KiB', '1e', '1e1.5', '0x10', '1_000', 'lots', '1e999']) {
    t.throws(() => nanosOf(text), { message: `${text} is no quantity` })
    t.notMatch(text, new RegExp(quantityPattern))
  }
  t.end()
})

const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei')

t.test('a whole number of a unit is that many of one of it, and adds up', (t) => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), suffix, (a, b, unit) => {
      t.equal(nanosOf(`${a}${unit}`), BigInt(a) * nanosOf(`1${unit}`))
      t.equal(nanosOf(`${a}${unit}`) + nanosOf(`${b}${unit}`), nanosOf(`${a + b}${unit}`))
    }),
  )
  t.end()
})

t.test('decimals move the point, and only what is smaller than a billionth rounds up', (t) => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.integer({ min: 0, max: 999_999_999 }), (whole, billionths) => {
      const text = `${whole}.${String(billionths).padStart(9, '0')}`
      t.equal(nanosOf(text), BigInt(whole) * one + BigInt(billionths))
      t.equal(nanosOf(`${text}1`), BigInt(whole) * one + BigInt(billionths) + 1n)
    }),
  )
  t.end()
})

t.test('what is written is what is read again', (t) => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 30n), (nanos) => {
      t.equal(nanosOf(quantityText(nanos)), nanos)
    }),
  )
  fc.assert(
    fc.property(fc.nat(100_000), suffix, (count, unit) => {
      const nanos = nanosOf(`${count}${unit}`)
      t.equal(nanosOf(quantityText(nanos)), nanos)
    }),
  )
  const told = ['500m', '2', '1500m', '256Mi', '1536Mi', '2Gi', '100M', '0', '110']
  for (const text of told) t.equal(quantityText(nanosOf(text)), text)
  t.equal(quantityText(nanosOf('1024Mi')), '1Gi')
  t.equal(quantityText(nanosOf('0.25')), '250m')
  t.end()
})

t.test('a JSON number of any size counts', (t) => {
  t.equal(nanosOf(Number.POSITIVE_INFINITY), nanosOf('1e30'))
  t.equal(nanosOf(-1e300), nanosOf('-1e30'))
  t.equal(nanosOf(1e-300), 1n)
  t.equal(nanosOf(-1e-300), -1n)
  t.equal(nanosOf(1.5), nanosOf('1500m'))
  t.end()
})

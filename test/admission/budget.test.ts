import t from 'tap'
import { type Budget, createBudget, type Leave } from '../../src/admission/budget.ts'

/** Enters by name; `inside` are those that were let in so far, in that order, `refused` those that were sent away. */
function visitors(budget: Budget) {
  const inside: string[] = []
  const refused: string[] = []
  const enter = (name: string, weight: number): Leave => {
    const leave = budget.enter(weight, () => inside.push(name))
    if (leave === undefined) refused.push(name)
    return leave ?? (() => undefined)
  }
  return { inside, refused, enter }
}

t.test('what just fits is let in at once, what does not waits for room', (t) => {
  const { inside, refused, enter } = visitors(createBudget(10, 5))
  const leaveFirst = enter('first', 6)
  enter('just fits', 4)
  enter('waits', 5)
  t.strictSame(inside, ['first', 'just fits'])
  leaveFirst()
  t.strictSame(inside, ['first', 'just fits', 'waits'])
  t.strictSame(refused, [])
  t.end()
})

t.test('nobody overtakes: a small one waits behind a big one that came earlier', (t) => {
  const { inside, enter } = visitors(createBudget(10, 5))
  const leaveFirst = enter('first', 6)
  enter('big', 8)
  enter('small', 2)
  t.strictSame(inside, ['first'])
  leaveFirst()
  t.strictSame(inside, ['first', 'big', 'small'])
  t.end()
})

t.test('as many wait as may, and the next one is sent away', (t) => {
  const { inside, refused, enter } = visitors(createBudget(10, 2))
  const leaveFirst = enter('first', 10)
  enter('second', 1)
  enter('third', 1)
  enter('fourth', 1)
  t.strictSame([inside, refused], [['first'], ['fourth']])
  leaveFirst()
  t.strictSame(inside, ['first', 'second', 'third'])
  t.end()
})

t.test('who gives up waiting leaves the queue, and those behind come up', (t) => {
  const { inside, enter } = visitors(createBudget(10, 5))
  const leaveFirst = enter('first', 6)
  const giveUp = enter('big', 8)
  enter('small', 2)
  giveUp()
  t.strictSame(inside, ['first', 'small'])
  leaveFirst()
  t.strictSame(inside, ['first', 'small'], 'who gave up is let in no more')
  t.end()
})

t.test('who gives up twice throws nobody else out of the queue', (t) => {
  const { inside, enter } = visitors(createBudget(10, 5))
  const leaveFirst = enter('first', 10)
  const giveUp = enter('impatient', 10)
  enter('second', 10)
  giveUp()
  giveUp()
  leaveFirst()
  t.strictSame(inside, ['first', 'second'])
  t.end()
})

t.test('who leaves twice gives back once', (t) => {
  const { inside, enter } = visitors(createBudget(10, 5))
  const leaveFirst = enter('first', 10)
  enter('second', 10)
  enter('third', 10)
  leaveFirst()
  leaveFirst()
  t.strictSame(inside, ['first', 'second'])
  t.end()
})

t.test('what weighs more than there ever is counts as all of it', (t) => {
  const { inside, enter } = visitors(createBudget(10, 5))
  const leaveHuge = enter('huge', 50)
  enter('small', 1)
  t.strictSame(inside, ['huge'])
  leaveHuge()
  enter('nine', 9)
  t.strictSame(inside, ['huge', 'small', 'nine'], 'no more than all was taken, and no more is given back')
  t.end()
})

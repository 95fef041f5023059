/** Gives back what `enter` took, or leaves the queue; once only, further calls do nothing. */
export type Leave = () => void

/** Bounds what is held at the same time, in bytes; first come, first served. */
export interface Budget {
  /** Calls `start` now or once there is room; undefined when even the queue is full. `weight` above the capacity counts as all of it. */
  enter(weight: number, start: () => void): Leave | undefined
}

interface Entry {
  readonly weight: number
  readonly start: () => void
  state: 'waiting' | 'inside' | 'gone'
}

export function createBudget(capacity: number, maxWaiting: number): Budget {
  let free = capacity
  const queue: Entry[] = []

  const admit = (entry: Entry): void => {
    free -= entry.weight
    entry.state = 'inside'
    entry.start()
  }
  const admitNext = (): void => {
    for (let next = queue[0]; next !== undefined && next.weight <= free; next = queue[0]) {
      queue.shift()
      admit(next)
    }
  }
  const leave = (entry: Entry): void => {
    if (entry.state === 'inside') free += entry.weight
    else if (entry.state === 'waiting') queue.splice(queue.indexOf(entry), 1)
    entry.state = 'gone'
    admitNext()
  }
  return {
    enter(weight, start) {
      const entry: Entry = { weight: Math.min(weight, capacity), start, state: 'waiting' }
      if (queue.length === 0 && entry.weight <= free) admit(entry)
      else if (queue.length < maxWaiting) queue.push(entry)
      else return undefined
      return () => leave(entry)
    },
  }
}

/** A function of things that never change (a view's list, an object), worked out once for each and kept as long as the thing is. */
export function once<K extends object, V extends object>(derive: (thing: K) => V): (thing: K) => V {
  const known = new WeakMap<K, V>()
  return (thing) => {
    const earlier = known.get(thing)
    if (earlier !== undefined) return earlier
    const value = derive(thing)
    known.set(thing, value)
    return value
  }
}

/** More texts than this are never remembered. */
const most = 4096

/** A function of short texts that come again and again, the same in every object of a cluster, worked out once for each. */
export function memo<V>(derive: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>()
  return (text) => {
    const earlier = known.get(text)
    if (earlier !== undefined) return earlier
    // Whoever sends ever new texts must not fill the memory with them.
    if (known.size >= most) known.clear()
    const value = derive(text)
    known.set(text, value)
    return value
  }
}

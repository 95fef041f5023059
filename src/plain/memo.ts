/** More texts than this, or longer ones, are never remembered: whoever sends ever new texts must not fill the memory with them. */
const most = 4096
const longest = 256

/** A function of short texts that come again and again, the same in every object of a cluster, worked out once for each. */
export function memo<V>(derive: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>()
  return (text) => {
    const earlier = known.get(text)
    if (earlier !== undefined) return earlier
    const value = derive(text)
    if (known.size >= most) known.clear()
    if (text.length <= longest) known.set(text, value)
    return value
  }
}

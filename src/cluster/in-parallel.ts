/** Works on the items, at most `limit` at a time; results in the items' order. After a failure nothing more is begun. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = [...items.entries()].reverse()
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) results[next[0]] = await work(next[1])
  }
  const attempt = () =>
    worker().catch((error: unknown) => {
      waiting.length = 0
      throw error
    })
  await Promise.all(Array.from({ length: limit }, attempt))
  return results
}

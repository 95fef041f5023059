/** Whether the whole name fits the glob, in which `*` stands for any characters and everything else for itself. */
export function matchesGlob(glob: string, name: string): boolean {
  const star = glob.indexOf('*')
  if (star < 0) return glob === name
  if (!name.startsWith(glob.slice(0, star))) return false
  const parts = glob.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false
  let from = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return from <= name.length - last.length
}

/** Whether one of the globs fits. */
export function matchesAny(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => matchesGlob(glob, name))
}

/** Expressions of CEL, composed; what is always true or false is left out, so that the API server need not ask. */
const always = 'true'
const never = 'false'

/** Whether any of them holds. */
export function any(expressions: readonly string[]): string {
  const open = [...new Set(expressions)].filter((expression) => expression !== never)
  if (open.includes(always)) return always
  const [only = never] = open
  return open.length > 1 ? `(${open.join(' || ')})` : only
}

/** Whether all of them hold. */
export function all(expressions: readonly string[]): string {
  const open = [...new Set(expressions)].filter((expression) => expression !== always)
  if (open.includes(never)) return never
  return open.length === 0 ? always : open.join(' && ')
}

export function not(expression: string): string {
  if (expression === always) return never
  return expression === never ? always : `!(${expression})`
}

export function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
}

export function isIn(variable: string, values: readonly string[]): string {
  return values.length === 0 ? never : `${variable} in ${list(values)}`
}

/** Names are looked up, globs become one regular expression (RE2): the API server compiles it once only if it is a literal. */
export function fits(variable: string, globs: readonly string[]): string {
  const names = globs.filter((glob) => !glob.includes('*'))
  const patterns = globs
    .filter((glob) => glob.includes('*'))
    .map((glob) => glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'))
  const isLike = `${variable}.matches(${JSON.stringify(`^(${patterns.join('|')})$`)})`
  return any([isIn(variable, names), patterns.length === 0 ? never : isLike])
}

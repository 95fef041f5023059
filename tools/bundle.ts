import { globSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** The program of the package, as `npm run build` makes it. */
export const bundle = resolve(import.meta.dirname, '../dist/evenkeel.js')

/** Whether it is newer than all that it is made of. */
export function isFresh(): boolean {
  const made = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = [...globSync('{src,tools}/**/*.ts'), 'package.json']
  return sources.every((file) => statSync(file).mtimeMs < made)
}

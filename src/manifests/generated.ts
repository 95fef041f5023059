import type { Manifest } from './manifest.ts'

/** Why an object is nothing to change where it was read, if it is not: something else made it, or makes something else of it. */
export function generatedIn(text: string): (manifest: Manifest) => string | undefined {
  const mark = /^#.*(?:do not edit|@generated)/im.exec(headOf(text))?.[0].replace(/^#+\s*/, '')
  const whole = /^[ \t]*#.*\{\{/m.test(text)
    ? 'a template engine reads its comments: change it by hand'
    : mark && `it is generated ("${mark}"): change what generates it`
  return ({ source: { origin } }) =>
    origin === undefined ? whole : `it was made of ${origin.file}: change it there, by hand or by a patch`
}

/** The comments on top. */
function headOf(text: string): string {
  return /^(?:(?:[ \t]*#.*|---.*|[ \t]*)\r?\n)*/.exec(text)?.[0] ?? ''
}

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'

/** The change from one text of a file to another for `patch -p1` and `git apply`; empty if there is none. */
export function unifiedDiff(before: string, after: string, file: string): string {
  if (before === after) return ''
  const path = file.replace(/^(?:\.?\/)+/, '')
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY }
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, options)
}

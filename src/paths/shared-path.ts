import { type PlatformPath, posix, win32 } from 'node:path'

/** Where a file is to those who read a report: below the root with `/` between names, or by its absolute path. */
export interface ArtifactPath {
  readonly path: string
  readonly isBelow: boolean
}

/** An absolute path tells by its form whose it is: a drive or a share begins those of Windows, where `\` and `/` both part names. */
function pathsOf(absolute: string): PlatformPath {
  return /^(?:[A-Za-z]:[\\/]|[\\/]{2})/.test(absolute) ? win32 : posix
}

/** The path with `/` between names, as everything but Windows writes it; `root` is an absolute path of the same machine. */
export function slashed(path: string, root: string): string {
  return pathsOf(root).sep === '/' ? path : path.replaceAll('\\', '/')
}

/** The way from the root to a path, with `/` between names: `''` to the root itself, with `..` in front or absolute to what is elsewhere. */
export function pathFrom(root: string, path: string): string {
  const paths = pathsOf(root)
  return slashed(paths.relative(root, paths.resolve(root, path)), root)
}

/** Whether a way from a root leads out of it. */
export function leadsOut(way: string, root: string): boolean {
  return /^\.\.(?:\/|$)/.test(way) || pathsOf(root).isAbsolute(way)
}

/** `root` is absolute. */
export function artifactPath(file: string, root: string): ArtifactPath {
  const way = pathFrom(root, file)
  const isBelow = way !== '' && !leadsOut(way, root)
  return { path: isBelow ? way : slashed(pathsOf(root).resolve(root, file), root), isBelow }
}

/** The path as a URI reference (RFC 3986): relative below the root, `file:` elsewhere. */
export function artifactUri({ path, isBelow }: ArtifactPath): string {
  const encoded = path.split('/').map(encodeSegment).join('/')
  if (isBelow) return encoded
  if (encoded.startsWith('//')) return `file:${encoded}`
  return `file://${encoded.startsWith('/') ? '' : '/'}${encoded.replace(/^([A-Za-z])%3A/, '$1:')}`
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.replaceAll(/\p{Cs}/gu, '\ufffd'))
}

/** The absolute path after all folders that it is in, the outermost first. */
export function foldersTo(absolute: string): string[] {
  const parent = pathsOf(absolute).dirname(absolute)
  return parent === absolute ? [absolute] : [...foldersTo(parent), absolute]
}

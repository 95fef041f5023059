import { posix, win32 } from 'node:path'

/** Where a file is to those who read a report: below the root with `/` between names, or by its absolute path. */
export interface ArtifactPath {
  readonly path: string
  readonly isBelow: boolean
}

/** `root` is absolute; its form tells whether paths are those of Windows. */
export function artifactPath(file: string, root: string): ArtifactPath {
  const paths = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(root) ? win32 : posix
  const { sep } = paths
  const absolute = paths.resolve(root, file)
  const below = paths.relative(root, absolute)
  const isBelow = below !== '' && below !== '..' && !below.startsWith(`..${sep}`) && !paths.isAbsolute(below)
  return { path: (isBelow ? below : absolute).split(sep).join('/'), isBelow }
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

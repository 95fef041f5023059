/** What an image reference says: `registry:5000/shop/web:1.5.0@sha256:…`. Without tag and digest a kubelet pulls the tag `latest`. */
export interface ImageReference {
  /** With the registry, as written. */
  readonly repository: string
  readonly tag: string | undefined
  /** With its algorithm: `sha256:…`. Where there is one, it alone decides which image it is. */
  readonly digest: string | undefined
}

/** The parts of an image reference; a colon before the last slash is a registry's port (distribution/reference, grammar). */
export function imageReference(image: string): ImageReference {
  const at = image.indexOf('@')
  const name = at < 0 ? image : image.slice(0, at)
  const colon = name.lastIndexOf(':')
  const hasTag = colon > name.lastIndexOf('/')
  return {
    repository: hasTag ? name.slice(0, colon) : name,
    tag: (hasTag && name.slice(colon + 1)) || undefined,
    digest: (at >= 0 && image.slice(at + 1)) || undefined,
  }
}

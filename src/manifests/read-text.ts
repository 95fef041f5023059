import { isAscii } from 'node:buffer'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { InputError } from './manifest.ts'

/** Larger inputs are refused: no manifest comes near, and a text of half a gigabyte would not fit into a string. */
const MAX_BYTES = 64 * 1024 * 1024

/** A text, or why there is none. */
export type Text = { readonly text: string } | { readonly error: InputError }

/** All files are read into the same memory, as large as the largest needs: what a buffer each takes is given back late. */
let buffer = Buffer.alloc(256 * 1024)

/** Whether a file found in a directory is taken for YAML or JSON, by its name. */
export function isNamedAsYaml(file: string): boolean {
  return /\.(?:ya?ml|json)$/.test(file)
}

export function readFile(file: string): Text {
  try {
    const bytes = bytesOf(file)
    return bytes === undefined ? tooLarge(file) : decode(bytes, file)
  } catch (error) {
    return unreadable(file, error)
  }
}

/** What a file, or a pipe, holds, until the next is read; undefined if that is too much. */
function bytesOf(file: string): Buffer | undefined {
  const descriptor = openSync(file, 'r')
  try {
    let size = 0
    for (;;) {
      const read = readSync(descriptor, buffer, size, buffer.length - size, null)
      if (read === 0) return buffer.subarray(0, size)
      size += read
      if (size > MAX_BYTES) return undefined
      if (size === buffer.length) buffer = Buffer.concat([buffer], 2 * size)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** In bytes; 0 for what is no file, as a pipe is none, or cannot be looked at. */
export function sizeOf(file: string): number {
  try {
    const found = statSync(file)
    return found.isFile() ? found.size : 0
  } catch {
    return 0
  }
}

export async function readStream(stream: AsyncIterable<Uint8Array | string>, file: string): Promise<Text> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk))
      size += chunk.length
      if (size > MAX_BYTES) return tooLarge(file)
    }
  } catch (error) {
    return unreadable(file, error)
  }
  return decode(Buffer.concat(chunks), file)
}

/** As kubectl does (cli-runtime, visitor.go): a byte order mark tells UTF-16. */
export function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const mark = bytes.toString('hex', 0, 2)
  return mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8'
}

/** The text without its byte order mark. Where kubectl would put U+FFFD for what is no UTF-8, there is an error. */
function decode(bytes: Buffer, file: string): Text {
  // Most files are, and then there is nothing to decode.
  if (isAscii(bytes)) return { text: bytes.toString('latin1') }
  try {
    return { text: new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes) }
  } catch {
    return failure(file, 'is not text in UTF-8')
  }
}

function tooLarge(file: string): Text {
  return failure(file, `is larger than ${MAX_BYTES / 1024 / 1024} MiB`)
}

/** For what the file system said. */
export function unreadable(file: string, error: unknown): { readonly error: InputError } {
  const { code, message } = error as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    ELOOP: 'is a loop of symbolic links',
  }
  return failure(file, reasons[code ?? ''] ?? `cannot be read: ${message}`)
}

function failure(file: string, message: string): { readonly error: InputError } {
  return { error: { code: 'EVENKEEL_FILE_UNREADABLE', message, file } }
}

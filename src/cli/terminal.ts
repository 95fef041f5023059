import { fstatSync, statSync } from 'node:fs'

/**
 * Whether people read what is written there. Node's own answer costs the loading of its sockets and streams, so it is asked only where
 * there is doubt: pipes, files and the null device are told apart without it.
 */
export function isTerminal(descriptor: 1 | 2): boolean {
  const target = fstatSync(descriptor)
  if (!target.isCharacterDevice() || isNullDevice(target.rdev)) return false
  return (descriptor === 1 ? process.stdout : process.stderr).isTTY
}

function isNullDevice(device: number): boolean {
  return process.platform !== 'win32' && device === statSync('/dev/null').rdev
}

import { isUtf8 } from 'node:buffer'
import { type ScalarNode, YamlError } from './node.ts'

type Scalar = boolean | number | bigint | string | null

/**
 * What scalars mean to kubectl: sigs.k8s.io/yaml over go.yaml.in/yaml/v2 (resolve.go). That is YAML 1.1 without sexagesimals and
 * with Go's numbers: `y` is true, `0644` and `0o644` are 420, `08` is 8, `1_000` is 1000; `1:30` and dates stay strings.
 */
const WORDS: ReadonlyMap<string, boolean | number | null> = new Map<string, boolean | number | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
])
const LONGEST_WORD = 5
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const TIME = /^\d{4}-\d\d?-\d\d?(?:[Tt]\d\d?:\d\d?:\d\d?(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d\d?:\d\d?:\d\d?(?:\.\d+)?)?$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const TAGS = 'tag:yaml.org,2002:'
export const FLOAT_TAG = `${TAGS}float`
/** All other tags leave the text alone. */
const RESOLVED: ReadonlySet<string> = new Set(['bool', 'int', 'float', 'null', 'timestamp'].map((kind) => TAGS + kind))
const MAX_INT64 = 2n ** 63n - 1n
const MAX_UINT64 = 2n ** 64n - 1n

/** The JSON value of a scalar; integers beyond 2^53 lose digits, as JSON numbers do here. Throws a YamlError on what JSON cannot hold. */
export function scalarValue(node: ScalarNode): boolean | number | string | null {
  const value = resolve(node)
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'number') return value
  if (!Number.isFinite(value)) throw new YamlError(`${node.text} is no number in JSON`, node.start)
  return value + 0 // no negative zero
}

/** Whether a plain scalar means just what is written. */
export function isText(plain: string): boolean {
  return typeof resolvePlain(plain) === 'string'
}

/** The name that kubectl makes of a key: `1`, `1.0` and `0x1` are "1", `on` and `y` are "true"; it takes no null and nothing beyond an int64. */
export function scalarKey(node: ScalarNode): string {
  const key = resolve(node)
  if (key === null) throw new YamlError('a key may not be null', node.start)
  if (typeof key === 'bigint' && key > MAX_INT64)
    throw new YamlError(`the key ${node.text} is too large a number`, node.start)
  const isFloat =
    typeof key !== 'string' && typeof key !== 'boolean' && (node.tag === FLOAT_TAG || !isInteger(node.text))
  return isFloat ? shortFloat(Number(key)) : String(key)
}

function resolve(node: ScalarNode): Scalar {
  if (node.tag !== undefined) return resolveTagged(node, node.tag)
  return node.plain ? resolvePlain(node.text) : node.text
}

function resolvePlain(text: string): Scalar {
  const word = text.length <= LONGEST_WORD ? WORDS.get(text) : undefined
  if (word !== undefined) return word
  if (!/^[-+.0-9]/.test(text)) return text
  return integerOf(text) ?? floatOf(text) ?? text
}

/** Go lets underscores stand anywhere but first; in what begins with a dot only between digits. */
function withoutUnderscores(text: string): string {
  return text.startsWith('.') && /(?<!\d)_|_(?!\d)/.test(text) ? text : text.replaceAll('_', '')
}

function isInteger(text: string): boolean {
  return integerOf(text) !== undefined
}

/** Go's strconv.ParseInt and ParseUint with base 0; undefined for what is none or does not fit in 64 bits. */
function integerOf(text: string): number | bigint | undefined {
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  const digits = withoutUnderscores(text)
  if (!INTEGER.test(digits)) return undefined
  const isSigned = /^[-+]/.test(digits)
  const magnitude = BigInt((isSigned ? digits.slice(1) : digits).replace(/^0(?=[0-7])/, '0o'))
  const value = digits.startsWith('-') ? -magnitude : magnitude
  if (value < -MAX_INT64 - 1n || value > (isSigned ? MAX_INT64 : MAX_UINT64)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function floatOf(text: string): number | undefined {
  const digits = withoutUnderscores(text)
  const value = FLOAT.test(digits) ? Number(digits) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

function resolveTagged(node: ScalarNode, tag: string): Scalar {
  const { text } = node
  if (tag === `${TAGS}binary`) return decodeBinary(node)
  if (!RESOLVED.has(tag)) return text
  const value = resolvePlain(text)
  if (kindsOf(value, text).includes(tag.slice(TAGS.length))) return tag === `${TAGS}timestamp` ? text : value
  throw new YamlError(`${JSON.stringify(text)} is no !!${tag.slice(TAGS.length)}`, node.start)
}

/** The tags that may stand before a value without changing it. */
function kindsOf(value: Scalar, text: string): readonly string[] {
  if (value === null) return ['null']
  if (typeof value === 'boolean') return ['bool']
  if (typeof value === 'string') return TIME.test(text) ? ['timestamp'] : []
  if (!isInteger(text)) return ['float']
  return typeof value === 'bigint' && value > MAX_INT64 ? ['int'] : ['int', 'float']
}

function decodeBinary({ text, start }: ScalarNode): string {
  const base64 = text.replaceAll(/[\r\n]/g, '')
  const bytes = Buffer.from(base64, 'base64')
  if (!BASE64.test(base64) || !isUtf8(bytes)) throw new YamlError('!!binary with what is no base64 of UTF-8', start)
  return bytes.toString()
}

/** Go's FormatFloat(value, 'g', -1, 32), as sigs.k8s.io/yaml writes keys that are floats. */
function shortFloat(value: number): string {
  const single = Math.fround(value)
  if (Number.isNaN(single)) return '.nan'
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf'
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9].find(
    (precision) => Math.fround(Number(single.toPrecision(precision))) === single,
  )
  const short = Number(single.toPrecision(digits))
  const exponent = Number(short.toExponential().split('e')[1])
  if (exponent >= -4 && exponent < 6) return Object.is(single, -0) ? '-0' : String(short)
  return short.toExponential().replace(/e([-+])(\d)$/, 'e$10$2')
}

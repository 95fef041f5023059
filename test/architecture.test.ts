import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import t from 'tap'
import { kept } from '../tools/parts.ts'

/** ARCHITECTURE.md, Floors: a folder imports itself and lower floors only. */
const floors: Readonly<Record<string, number>> = {
  model: 0,
  plain: 0,
  kube: 1,
  paths: 1,
  workloads: 2,
  rollout: 2,
  rules: 3,
  engine: 3,
  policy: 4,
  manifests: 5,
  cluster: 5,
  admission: 5,
  report: 5,
  cli: 6,
  generate: 6,
}
const tables = ['src/rules/index.ts', 'src/workloads/index.ts']
const entryPoints = ['src/cli/main.ts', 'src/generate/main.ts']

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
  readonly isDynamic: boolean
}

const files = globSync('src/**/*.ts').sort()
const textOf = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))

function specifiers(text: string): { specifier: string; isType: boolean; isDynamic: boolean }[] {
  const fixed = [
    ...text.matchAll(/^import\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?'([^'$]+)'/gm),
    ...text.matchAll(/^export\s+(type\s)?(?:\*|\{[^}]*\})\s+from\s+'([^'$]+)'/gm),
  ]
  const dynamic = [...text.matchAll(/\bimport\('([^'$]+)'\)/g)]
  return [
    ...fixed.map((match) => ({ specifier: match[2] ?? '', isType: match[1] !== undefined, isDynamic: false })),
    ...dynamic.map((match) => ({ specifier: match[1] ?? '', isType: false, isDynamic: true })),
  ]
}

const imports: Import[] = files.flatMap((from) =>
  specifiers(textOf.get(from) ?? '').map(({ specifier, ...kind }) => ({
    from,
    to: specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier,
    ...kind,
  })),
)

function folderOf(file: string): string {
  return file.split('/')[1] ?? ''
}

function cycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (node: string, path: readonly string[]): void => {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node].join(' -> '))
    if (path.includes(node) || done.has(node)) return
    for (const next of edges.get(node) ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of edges.keys()) visit(node, [])
  return found
}

function edgesOf(name: (file: string) => string, wanted: (one: Import) => boolean): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>()
  for (const one of imports.filter(wanted)) {
    if (!one.to.startsWith('src/') || name(one.from) === name(one.to)) continue
    edges.set(name(one.from), (edges.get(name(one.from)) ?? new Set()).add(name(one.to)))
  }
  return edges
}

t.test('every folder of src has a floor, and every import leads to a file', async (t) => {
  t.strictSame(
    [...new Set(files.map(folderOf))].filter((folder) => floors[folder] === undefined),
    [],
  )
  t.ok(imports.length > 100, 'imports were found')
  const missing = imports.filter(({ to }) => to.startsWith('src/') && !textOf.has(to))
  t.strictSame(missing, [])
})

t.test('a folder imports itself and lower floors only; siblings never import each other', async (t) => {
  const wrong = imports.filter(({ from, to }) => {
    if (!to.startsWith('src/') || folderOf(from) === folderOf(to)) return false
    return (floors[folderOf(to)] ?? 9) >= (floors[folderOf(from)] ?? -1)
  })
  t.strictSame(wrong, [])
})

/** A command loads what it runs when it runs it; that takes the type of its options from the command. */
const runs = ({ from, isDynamic }: Import) => isDynamic && from.startsWith('src/cli/commands/')

t.test('there is no import cycle between files or folders', async (t) => {
  t.strictSame(
    cycles(
      edgesOf(
        (file) => file,
        (one) => !runs(one),
      ),
    ),
    [],
    'files',
  )
  t.strictSame(cycles(edgesOf(folderOf, () => true)), [], 'folders')
})

/** What tsconfig.pure.json cannot see, since the language brings it: the clock, randomness and promises. */
const impure = /\b(Date\b(?!\.parse\(|\([^)])|Math\.random\b|async |await |Promise\b)/

t.test(
  'floors 0 to 4 are pure: no node modules but the arithmetic of paths, no clock, randomness or promises',
  async (t) => {
    for (const file of files.filter((file) => (floors[folderOf(file)] ?? 9) <= 4 && !file.includes('.generated.'))) {
      const code = (textOf.get(file) ?? '')
        .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
        .replaceAll(/(['`])(?:(?!\1).)*\1/g, '')
      t.notMatch(code, impure, file)
      t.strictSame(
        imports.filter(({ from, to }) => from === file && to.startsWith('node:')).map(({ to }) => to),
        folderOf(file) === 'paths' ? ['node:path'] : [],
        file,
      )
    }
  },
)

t.test('they compile where there is nothing but the language: no process, console, timer or web API', async (t) => {
  const config = JSON.parse(readFileSync('tsconfig.pure.json', 'utf8')) as { include: string[]; files: string[] }
  const pure = Object.keys(floors).filter((folder) => (floors[folder] ?? 9) <= 4)
  t.strictSame(
    config.include,
    pure.map((folder) => `src/${folder}`),
  )
  const lines = [
    'process.exit()',
    'globalThis.process',
    'console.log()',
    'performance.now()',
    'crypto.randomUUID()',
    'queueMicrotask(() => undefined)',
    'setTimeout(() => undefined)',
    'setInterval(() => undefined, 1)',
    "fetch('https://example')",
    "require('node:fs')",
    'Date()',
    'new Date()',
    'new Date',
    'Date.now()',
    'Math.random()',
    'void (async () => 1)()',
    'Promise.resolve(1)',
  ]
  const dir = t.testdir({ 'impure.ts': `${lines.join('\n')}\nexport {}\n` })
  const paths = (names: readonly string[]) => names.map((name) => resolve(name))
  const withImpure = {
    extends: resolve('tsconfig.pure.json'),
    compilerOptions: { rootDir: process.cwd() },
    include: paths(config.include),
    files: paths([...config.files, join(dir, 'impure.ts')]),
  }
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(withImpure))
  const { stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', dir, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  const complaints = stdout.split('\n').filter((line) => line.includes('error TS'))
  t.strictSame(
    complaints.filter((line) => !line.includes('impure.ts(')),
    [],
    'the floors themselves are clean',
  )
  const seen = new Set(complaints.map((line) => Number(/impure\.ts\((\d+),/.exec(line)?.[1]) - 1))
  t.strictSame(
    lines.filter((line, index) => !seen.has(index) && !impure.test(line)),
    [],
    'nothing impure is overlooked',
  )
})

t.test('the vocabulary imports nothing at run time', async (t) => {
  t.strictSame(
    imports.filter(({ from, isType }) => folderOf(from) === 'model' && !isType),
    [],
  )
})

t.test('a rule imports no other rule, and the engine no rule at all', async (t) => {
  const wrong = imports.filter(
    ({ from, to }) =>
      to.startsWith('src/rules/') && ['rules', 'engine'].includes(folderOf(from)) && !tables.includes(from),
  )
  t.strictSame(wrong, [])
})

t.test('only the cluster edge imports the Kubernetes client', async (t) => {
  const users = imports.filter(({ to }) => to.startsWith('@kubernetes/client-node')).map(({ from }) => folderOf(from))
  t.strictSame(
    [...new Set(users)].filter((folder) => folder !== 'cluster'),
    [],
  )
})

t.test('check, fix and the options of every command load neither the server nor the Kubernetes client', async (t) => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const { to, isType, isDynamic } of imports.filter(({ from }) => from === file))
      if (!isType && !isDynamic) visit(to)
  }
  for (const file of ['src/cli/main.ts', 'src/cli/files/fix.ts', ...kept.filter((file) => textOf.has(file))])
    visit(file)
  for (const file of ['engine/evaluate', 'cli/commands/serve']) t.ok(seen.has(`src/${file}.ts`), 'the walk arrives')
  t.strictSame(
    [...seen].filter((file) => /^src\/(cluster|admission)\//.test(file)),
    [],
  )
  t.strictSame(
    [...seen].filter((name) => /^(fastify|pino|@kubernetes|@peculiar|ajv$)/.test(name)),
    [],
  )
})

t.test('only the tables and the entry points are called index or main', async (t) => {
  t.strictSame(
    files.filter((file) => /\/(index|main)\.ts$/.test(file)),
    [...entryPoints, ...tables].sort(),
  )
})

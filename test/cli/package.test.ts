import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import t from 'tap'
import { separateParts } from '../../tools/parts.ts'
import { packaged } from './evenkeel.ts'

const run = promisify(execFile)
const bundle = packaged()

/** A check by the package as `npm run build` makes it; tells which files Node compiled for it. */
async function check(file: string, flags: readonly string[] = []) {
  const script = `
    process.argv = [process.execPath, 'evenkeel', 'check', '--preset', 'strict', ${JSON.stringify(file)}]
    process.on('exit', () => { process.exitCode = 0; console.error(Object.keys(require.cache).join()) })
    require(${JSON.stringify(bundle)})`
  return run(process.execPath, [...flags, '-e', script], { env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' } })
}

t.test(
  'the package starts from what V8 compiled when it was built, and elsewhere without it, with the same result',
  async (t) => {
    const dir = t.testdir({
      'web.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web}]}}}\n',
    })
    const cached = await check(join(dir, 'web.yaml'))
    t.match(cached.stdout, /Deployment web {2}deny/)
    t.notMatch(cached.stderr, 'cli.js', 'nothing else was compiled')
    // V8 refuses a cache that was made with other flags, as it does one of another version.
    const compiled = await check(join(dir, 'web.yaml'), ['--no-flush-bytecode', '--stack-size=900'])
    t.match(compiled.stderr, join('dist', 'cli.js'))
    t.equal(compiled.stdout, cached.stdout)
  },
)

/** Bundles one line as if it stood in a command. */
function bundled(line: string) {
  const stdin = { contents: `export const load = () => ${line}`, resolveDir: resolve('src/cli/commands') }
  return build({ stdin, bundle: true, format: 'esm', write: false, logLevel: 'silent', plugins: [separateParts] })
}

t.test('what a command loads when it needs it is a part of its own, or it does not get into the package', async (t) => {
  const { outputFiles } = await bundled("import('../webhook/serve.ts')")
  t.match(outputFiles[0]?.text, 'import("./serve.js")', 'a part stays outside')
  for (const [line, file] of [
    ["import('../hello.ts')", 'src/cli/hello.ts'],
    ["import('../../admission/server.ts')", 'src/admission/server.ts'],
    ["import('fastify')", 'fastify'],
  ] as const) {
    await t.rejects(bundled(line), { message: new RegExp(`${file} is loaded when needed: .*tools/parts.ts`) })
  }
})

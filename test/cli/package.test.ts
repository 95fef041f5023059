import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const bundle = resolve('dist/evenkeel.js')

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

import t from 'tap'
import type { LifecycleHandler } from '../../src/model/workload.ts'
import { delaySeconds, hookSeconds, isDoubled, isUnsplit, needsSleepProgram } from '../../src/rollout/pre-stop.ts'

const exec = (...command: string[]): LifecycleHandler => ({ exec: { command } })
const sh = (script: string): LifecycleHandler => exec('/bin/sh', '-c', script)

t.test('how long a hook takes, in every spelling', (t) => {
  const spellings: [LifecycleHandler, number | undefined][] = [
    [{ sleep: { seconds: 15 } }, 15],
    [{ sleep: {} }, 0],
    [exec('sleep', '15'), 15],
    [exec('/bin/sleep', '15'), 15],
    [exec('/usr/bin/env', 'sleep', '15'), 15],
    [exec('busybox', 'sleep', '15'), 15],
    [exec('/bin/busybox', 'sh', '-c', 'sleep 15'), 15],
    [exec('sleep', '0.5'), 0.5],
    [exec('sleep', '1m'), 60],
    [exec('sleep', '1m', '30s'), 90],
    [exec('sleep', 'infinity'), undefined],
    [exec('sleep'), undefined],
    [exec('sh', '-c', 'sleep 15'), 15],
    [exec('/bin/bash', '-ec', 'sleep 15'), 15],
    [exec('/bin/bash', '-c', '-e', 'sleep 15'), 15],
    [exec('sh', '-c', 'sleep', '15'), undefined],
    [exec('sh', '/drain.sh'), undefined],
    [exec('sh'), undefined],
    [sh('sleep 15;'), 15],
    [sh('  sleep   15  '), 15],
    [sh('/bin/sleep 15 && nginx -s quit'), 15],
    [sh('nginx -s quit; sleep 15'), 15],
    [sh('nginx -s quit\nsleep 5\nsleep 10'), 15],
    [sh('sleep "15"'), 15],
    [sh("sleep '15s'"), 15],
    [sh('sleep 15 || true'), 15],
    [sh('sleep 15 >/dev/null 2>&1'), 15],
    [sh('sleep 15 & wait'), undefined],
    [sh('sleep 60 & sleep 15'), 15],
    [sh('(sleep 15)'), 15],
    [sh('{ sleep 15; }'), 15],
    [sh('if [ -f /tmp/live ]; then sleep 15; fi'), 15],
    [sh('exec sleep 15'), 15],
    [sh('sleep 0'), 0],
    [sh('sleep $DELAY'), undefined],
    [sh('sleep ${DELAY:-15}'), undefined],
    [sh('sleep $(cat /delay)'), undefined],
    [sh('sleep 5; sleep $DELAY'), undefined],
    [sh('while pgrep web; do sleep 1; done'), undefined],
    [sh('for i in 1 2 3; do sleep 1; done'), undefined],
    [sh('until drained; do sleep 1; done'), undefined],
    [sh('echo sleep 15'), undefined],
    [sh('echo "a; sleep 15"'), undefined],
    [sh('timeout 5 sleep 15'), undefined],
    [sh('usleep 15'), undefined],
    [sh('sleepy 15'), undefined],
    [sh('./sleep-15.sh'), undefined],
    [sh(''), undefined],
    [exec('/app/drain', '15'), undefined],
    [exec(), undefined],
    [{ exec: {} }, undefined],
    [{ httpGet: { port: 80 } }, undefined],
    [{ tcpSocket: { port: 80 } }, undefined],
    [{}, undefined],
  ]
  for (const [hook, seconds] of spellings) t.equal(hookSeconds(hook), seconds, JSON.stringify(hook))
  t.end()
})

t.test('how long a hook keeps the server from its stop: what it sleeps before, and surely', (t) => {
  const hooks: [LifecycleHandler, number | undefined][] = [
    [{ sleep: { seconds: 15 } }, 15],
    [exec('sleep', '15'), 15],
    [sh('sleep 15; nginx -s quit; sleep 5'), 15],
    [sh('sleep 2 && kill -TERM 1; sleep 20'), 2],
    [sh('sleep 2; exec /app/drain; sleep 20'), 2],
    [sh('sleep 5; while pgrep worker; do sleep 1; done'), 5],
    [sh('sleep 5; kill 1; sleep $DELAY'), 5],
    [sh('sleep 10 || true'), 10],
    [sh('touch /tmp/stop || true; sleep 10'), 10],
    [sh('curl -s localhost/drain && sleep 10'), 10],
    [sh('exec sleep 10'), 10],
    [sh('nginx -s quit; sleep 10'), undefined],
    [sh('/usr/sbin/nginx -s stop && sleep 10'), undefined],
    [sh('apachectl -k graceful-stop; sleep 10'), undefined],
    [sh('kill -TERM 1 && sleep 20'), undefined],
    [sh('/bin/kill 1; sleep 20'), undefined],
    [sh('if kill 1; then sleep 20; fi'), undefined],
    [sh('$(pkill java); sleep 20'), undefined],
    [sh('exit 0; sleep 10'), undefined],
    [sh('exec /app/drain; sleep 10'), undefined],
    [sh('true || sleep 10'), undefined],
    [sh('true || (date; sleep 10)'), undefined],
    [sh('true || { sleep 10; }'), undefined],
    [sh('sleep $DELAY'), undefined],
    [exec('/app/drain'), undefined],
    [{ httpGet: { port: 80 } }, undefined],
  ]
  for (const [hook, seconds] of hooks) t.equal(delaySeconds(hook), seconds, JSON.stringify(hook))
  t.end()
})

t.test('a command line in one word is the name of no program', (t) => {
  for (const hook of [exec('sleep 10'), exec('/bin/sh -c "sleep 10"'), exec(' sleep  10 '), exec('exec sleep 10')])
    t.ok(isUnsplit(hook), JSON.stringify(hook))
  for (const hook of [exec('sleep', '10'), sh('sleep 10'), exec('/opt/my app/drain'), exec('sleep '), exec(), {}])
    t.notOk(isUnsplit(hook), JSON.stringify(hook))
  t.end()
})

t.test('a sleep beside any other handler is one too many, and either alone is not', (t) => {
  const sleep = { seconds: 5 }
  for (const other of [exec('sleep', '5'), { httpGet: { port: 80 } }, { tcpSocket: { port: 80 } }]) {
    t.ok(isDoubled({ sleep, ...other }), JSON.stringify(other))
    t.notOk(isDoubled(other))
  }
  t.notOk(isDoubled({ sleep }))
  t.end()
})

t.test('whether a hook runs a program that a distroless image lacks', (t) => {
  for (const hook of [exec('sleep', '5'), exec('/bin/sh', '-c', 'drain'), exec('busybox', 'sleep', '5')])
    t.ok(needsSleepProgram(hook))
  for (const hook of [{ sleep: { seconds: 5 } }, exec('/app/drain'), { httpGet: { port: 80 } }, {}, exec()])
    t.notOk(needsSleepProgram(hook))
  t.end()
})

t.test('no script takes long to read', (t) => {
  for (const script of [
    ';/'.repeat(500_000),
    '"'.repeat(500_000),
    '&'.repeat(500_000),
    'sleep '.repeat(200_000),
    `${' '.repeat(500_000)}x`,
    '("'.repeat(300_000),
  ]) {
    const started = performance.now()
    hookSeconds(sh(script))
    delaySeconds(sh(script))
    isUnsplit(exec(script))
    hookSeconds(exec(...Array.from({ length: 100_000 }, () => 'env')))
    t.ok(performance.now() - started < 500, script.slice(0, 8))
  }
  t.end()
})

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { AuditOptions } from './audit.ts'
import type { CheckOptions } from './check.ts'
import { exitCode, isUsageError } from './exit-code.ts'
import type { PolicyChoice } from './find-policies.ts'
import type { FixOptions } from './fix.ts'
import { complain } from './output.ts'
import type { ServeOptions } from './serve.ts'
import { version } from './version.ts'
import type { WebhookConfigOptions } from './webhook-config.ts'

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value]
}

function port(text: string): number {
  const number = Number(text)
  if (/^[0-9]+$/.test(text) && number <= 65_535) return number
  throw new InvalidArgumentError('a port is a number from 0 to 65535')
}

function seconds(text: string): number {
  const number = Number(text)
  if (text !== '' && number >= 0 && number <= 3600) return number
  throw new InvalidArgumentError('seconds are a number from 0 to 3600')
}

/** Commands answer with their exit code; a server answers when it has ended. */
function run(answer: Promise<number>): Promise<void> {
  return answer.then((code) => {
    process.exitCode = code
  })
}

function withPolicies(command: Command): Command {
  return command
    .option(
      '--policy <path>',
      'policy file or directory (repeatable; default: the nearest evenkeel.yaml upward)',
      collect,
    )
    .option(
      '--preset <name>',
      'preset NAME[:ENVIRONMENT]: strict, recommended:production, recommended:staging, recommended:development',
    )
}

function withInput(command: Command): Command {
  return withPolicies(command)
    .option('--namespace <name>', 'namespace of objects without one')
    .option('--complete', 'the files are the whole world: what is not in them does not exist')
    .option('--allow-empty', 'finding nothing to check is fine')
    .option('--quiet', 'say nothing on stderr but errors')
}

function withReport(command: Command): Command {
  return command
    .option('-o, --output <format>', 'text or json', 'text')
    .addOption(
      new Option('--fail-on <level>', 'what makes the exit code 1').choices(['deny', 'warn', 'never']).default('deny'),
    )
    .option('--no-color', 'no colours, even on a terminal')
}

function addFileCommands(program: Command): void {
  withReport(withInput(program.command('check [paths...]')))
    .description('judge files, directories or - (stdin)')
    .option('--as-admitted', 'apply the fixes of the policy first, as the webhook does')
    .action((paths: string[], options: CheckOptions) => run(import('./check.ts').then((m) => m.check(paths, options))))
  withInput(program.command('fix [paths...]'))
    .description('print what would satisfy the rules')
    .option('-o, --output <format>', 'diff or json-patch', 'diff')
    .action((paths: string[], options: FixOptions) => run(import('./fix.ts').then((m) => m.fix(paths, options))))
}

function addKnowledgeCommands(program: Command): void {
  program
    .command('rules')
    .description('list the rules')
    .action(() => run(import('./rules.ts').then((m) => m.listRules())))
  program
    .command('explain <rule>')
    .description('tell why a rule exists, what it asks and how to satisfy it')
    .action((rule: string) => run(import('./rules.ts').then((m) => m.explain(rule))))
  const policy = program.command('policy').description('look at policies')
  withPolicies(policy.command('view'))
    .description('print the policies as they work out, presets and defaults included')
    .action((options: PolicyChoice) => run(import('./policy.ts').then((m) => m.viewPolicy(options))))
  policy
    .command('validate <paths...>')
    .description('say whether policy files are valid')
    .action((paths: string[]) => run(import('./policy.ts').then((m) => m.validatePolicy(paths))))
}

function addServer(program: Command): void {
  withPolicies(program.command('serve'))
    .description('run the admission webhook')
    .option('--dev', 'make a certificate of its own, in memory')
    .option('--port <number>', 'HTTPS port', port, 8443)
    .option('--health-port <number>', 'port of /livez, /readyz and /metrics', port, 8081)
    .option('--host <address>', 'address to listen on (default: all; with --dev: 127.0.0.1)')
    .option(
      '--tls-dir <path>',
      'directory with tls.crt and tls.key (default: /etc/evenkeel/tls); with --dev they are written there',
    )
    .option(
      '--client-name <name>',
      'who may call, by a certificate that client-ca.crt has signed (repeatable)',
      collect,
    )
    .option('--lame-duck <seconds>', 'how long to serve on after SIGTERM', seconds, 10)
    .addOption(new Option('--log-level <level>', 'what is logged').choices(['info', 'warn', 'silent']).default('info'))
    .action((options: ServeOptions) => run(import('./serve.ts').then((m) => m.serve(options))))
}

function addClusterCommands(program: Command): void {
  withReport(withPolicies(program.command('audit')))
    .description('judge what runs in a cluster')
    .option('--kubeconfig <path>', 'default: KUBECONFIG, ~/.kube/config, or the service account of the pod')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--namespace <name>', 'only this namespace (repeatable)', collect)
    .option('--quiet', 'say nothing on stderr but errors')
    .action((options: AuditOptions) => run(import('./audit.ts').then((m) => m.audit(options))))
  withPolicies(program.command('webhook-config'))
    .description('print both webhook configurations')
    .option('--url <url>', 'where the API server reaches the webhook, if not by a Service')
    .option('--service <ref>', 'NAMESPACE/NAME[:PORT] of the Service (default: evenkeel/evenkeel)')
    .option('--ca <file>', 'the CA that the API server is to trust, in PEM form')
    .option(
      '--own-namespace <name>',
      'namespace that must stay writable when the webhook is down (default: that of the Service, or evenkeel)',
    )
    .action((options: WebhookConfigOptions) => run(import('./webhook-config.ts').then((m) => m.webhookConfig(options))))
}

function fail(error: unknown): void {
  process.exitCode = exitCode.unusable
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exitCode = 0
    return
  }
  if (isUsageError(error)) complain(...error.lines)
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
}

const program = new Command('evenkeel')
  .description(
    'Keeps Kubernetes rollouts safe: judges manifests, admission requests and running clusters by one policy.',
  )
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError('(evenkeel --help lists what there is)')
  .exitOverride()
addFileCommands(program)
addKnowledgeCommands(program)
addServer(program)
addClusterCommands(program)
void program.parseAsync().catch(fail)

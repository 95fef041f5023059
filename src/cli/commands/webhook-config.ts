import { command } from '../command.ts'
import { text, type Values } from '../option.ts'
import { policyOptions } from '../option-groups.ts'

const options = {
  ...policyOptions,
  url: text('URL', 'where the API server reaches the webhook, if not by a Service; /mutate and /validate are added'),
  service: text('NAMESPACE/NAME[:PORT]', 'the Service of the webhook (default: evenkeel/evenkeel)'),
  ca: text('FILE', 'the CA that the API server is to trust, in PEM form'),
  ownNamespace: text(
    'NAME',
    'namespace that must stay writable when the webhook is down (default: that of the Service, or evenkeel)',
  ),
}

export type WebhookConfigOptions = Values<typeof options>

export const definition = command({
  options,
  examples: [
    ['webhook-config --service evenkeel/evenkeel --ca ca.crt | kubectl apply -f -', 'for a webhook in the cluster'],
    ['webhook-config --url https://192.0.2.7:8443 --ca ca.crt', 'for one outside'],
  ],
  run: async (_, options) => (await import('../webhook/webhook-config.ts')).webhookConfig(options),
})

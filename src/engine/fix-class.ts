import type { FixClass } from '../model/rule.ts'

/** `admission`: what the webhook does by itself; `offer`: what the command line proposes to the author. */
export type Purpose = 'admission' | 'offer'

/** What fixes of a class are for, and whether presets let the webhook apply them where nobody chose otherwise. */
type Uses = Readonly<Record<Purpose | 'byDefault', boolean>>

export const fixClasses: Readonly<Record<FixClass, Uses>> = {
  safe: { admission: true, offer: true, byDefault: true },
  admission: { admission: true, offer: false, byDefault: true },
  'opt-in': { admission: true, offer: true, byDefault: false },
  offer: { admission: false, offer: true, byDefault: false },
  none: { admission: false, offer: false, byDefault: false },
}

import {
  baseLocale,
  isLocale,
  locales,
  overwriteGetLocale,
  type Locale,
} from '#lib/paraglide/runtime.js';

const key = 'outlay.locale';

function stored(): Locale | undefined {
  try {
    const value = localStorage.getItem(key);
    return isLocale(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function preferred(): Locale {
  for (const language of globalThis.navigator?.languages ?? []) {
    const primary = language.split('-')[0];
    if (isLocale(primary)) return primary;
  }
  return baseLocale;
}

/** The region of the browser decides how numbers and dates look, as long as its language is the one shown. */
function regional(language: Locale): string {
  return globalThis.navigator?.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/**
 * The language of the interface. A user's setting wins over this browser's last choice, and that over the browser's
 * languages. Because `current` is state and every message reads it, a change shows at once, without a reload.
 */
class LocaleState {
  current: Locale = $state(stored() ?? preferred());
  /** A BCP 47 tag for `Intl`. */
  readonly tag: string = $derived(regional(this.current));
  readonly all = locales;

  use(language: string) {
    if (!isLocale(language)) return;
    this.current = language;
    if (typeof document !== 'undefined') document.documentElement.lang = language;
    try {
      localStorage.setItem(key, language);
    } catch {
      // without storage the choice lasts as long as the page
    }
  }
}

export const locale = new LocaleState();
overwriteGetLocale(() => locale.current);

import { currencies } from '#lib/money/currency.ts';

const byRegion: Record<string, string> = {
  US: 'USD',
  GB: 'GBP',
  CH: 'CHF',
  LI: 'CHF',
  JP: 'JPY',
  CA: 'CAD',
  AU: 'AUD',
  NZ: 'NZD',
  SE: 'SEK',
  NO: 'NOK',
  DK: 'DKK',
  PL: 'PLN',
  CZ: 'CZK',
  HU: 'HUF',
  RO: 'RON',
  TR: 'TRY',
  IN: 'INR',
  CN: 'CNY',
  KR: 'KRW',
  BR: 'BRL',
  MX: 'MXN',
  ZA: 'ZAR',
  IL: 'ILS',
  SG: 'SGD',
  HK: 'HKD',
  TH: 'THB',
  ID: 'IDR',
  IS: 'ISK',
  UA: 'UAH',
};

/** The currency that the browser's region suggests; a guess to begin with, where a person can change it. */
export function likelyCurrency(languages: readonly string[] = navigator.languages): string {
  for (const tag of languages) {
    const region = new Intl.Locale(tag).region;
    if (region) return byRegion[region] ?? 'EUR';
  }
  return 'EUR';
}

/** All currencies that there are with their names in a language, for a list to choose from. */
export function currencyOptions(language: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames([language], { type: 'currency', fallback: 'none' });
  return currencies.map((code) => {
    const name = names.of(code);
    return { value: code, label: name ? `${code} · ${name}` : code };
  });
}

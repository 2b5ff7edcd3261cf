/** What a browser says of itself, in words: the browser and the system, where it can be told. */
export interface Device {
  browser: string | undefined;
  system: string | undefined;
  handheld: boolean;
}

// the order matters: most browsers also claim to be the ones further down
const browsers: [RegExp, string][] = [
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChromium\//, 'Chromium'],
  [/\bChrome\/|\bHeadlessChrome\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
  [/^python/i, 'Python'],
];

const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
];

export function deviceOf(userAgent: string | null | undefined): Device {
  const text = userAgent ?? '';
  const first = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(text))?.[1];
  return {
    browser: first(browsers),
    system: first(systems),
    handheld: /\bMobile\b|\bAndroid\b|\biPhone\b|\biPad\b/.test(text),
  };
}

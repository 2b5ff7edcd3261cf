export const themes = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof themes)[number];

const key = 'outlay.theme';

function stored(): ThemeName {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

/** Light, dark, or as the system has it. static/theme.js applies the same choice before the first paint. */
class Theme {
  current: ThemeName = $state(stored());

  /** Hands over from static/theme.js, which painted the page before there was a style sheet. */
  start() {
    document.documentElement.removeAttribute('style');
  }

  use(theme: ThemeName) {
    this.current = theme;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    try {
      if (theme === 'system') localStorage.removeItem(key);
      else localStorage.setItem(key, theme);
    } catch {
      // without storage the choice lasts as long as the page
    }
  }
}

export const theme = new Theme();

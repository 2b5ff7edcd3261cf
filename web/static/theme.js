// Runs before the first paint, so that a dark room stays dark: a file, because the content policy allows no inline script.
(() => {
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem('outlay.theme');
  } catch {
    // storage may be forbidden: then the system decides
  }
  const chosen = theme === 'light' || theme === 'dark';
  if (chosen) root.dataset.theme = theme;
  const dark = chosen ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.style.colorScheme = dark ? 'dark' : 'light';
  root.style.backgroundColor = dark ? '#12161d' : '#faf7f0';
})();

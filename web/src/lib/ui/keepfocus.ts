/**
 * Keeps the focus where somebody is who works with the keys: what had it goes away with what was done, as a payment that
 * is recorded leaves the plan. Then what it stood in gets it, rather than its neighbour, whose button a second press of the
 * same key would press; beside the page, as in a line about its state, it is the page. Until the signal.
 */
export function keepFocus(signal: AbortSignal) {
  let element: Element | undefined;
  /** From the inside to the outside; what is taken out of the page does not know any more what it stood in. */
  let around: (HTMLElement | null)[] = [];

  function came({ target }: FocusEvent) {
    if (!(target instanceof HTMLElement)) return;
    element = target;
    around = [];
    const end = target.closest('main, dialog');
    for (let up = target.parentElement; end && up && up !== end; up = up.parentElement)
      around.push(up);
    // whoever changes the page begins at its top: that is not for us
    if (!end?.matches('main')) around.push(document.querySelector('main'));
  }

  /** Somebody has clicked beside it: that is no loss. */
  function went() {
    queueMicrotask(() => {
      if (element?.isConnected && document.activeElement !== element) element = undefined;
    });
  }

  const observer = new MutationObserver(() => {
    if (!element || element.isConnected || document.activeElement !== document.body) return;
    element = undefined;
    const stays = around.find((one) => one?.isConnected);
    if (!stays?.checkVisibility()) return;
    stays.tabIndex = -1;
    stays.focus({ preventScroll: true });
  });
  document.addEventListener('focusin', came, { signal });
  document.addEventListener('focusout', went, { signal });
  observer.observe(document.body, { childList: true, subtree: true });
  signal.addEventListener('abort', () => {
    observer.disconnect();
  });
}

export interface Shortcut {
  /** One key, or two in a row with a space between: `n`, `g h`. */
  keys: string;
  /** What it does, in the user's language at the moment of asking. */
  label: () => string;
  run: () => void;
}

const storageKey = 'outlay.shortcuts';
const patience = 1_200;

/** Keys that work wherever nobody is typing. They can be switched off, since speech input types letters too. */
class Shortcuts {
  // what effects add and remove is no state of theirs: a teardown would read what the state was before its batch
  #all: readonly Shortcut[] = [];
  #shown: readonly Shortcut[] = $state.raw([]);
  enabled = $state(stored());
  #first: string | undefined;
  #firstAt = 0;

  /** Adds shortcuts and returns what removes them: `$effect(() => shortcuts.add(…))`. */
  add(...added: Shortcut[]): () => void {
    this.#set([...this.#all, ...added]);
    return () => this.#set(this.#all.filter((shortcut) => !added.includes(shortcut)));
  }

  /** The same for what holds on every page: a page's own meaning of a key stays in force, whichever was added later. */
  addBelow(...added: Shortcut[]): () => void {
    this.#set([...added, ...this.#all]);
    return () => this.#set(this.#all.filter((shortcut) => !added.includes(shortcut)));
  }

  /** What each of the keys does now: a page may give one a meaning of its own, which is the later. */
  get inForce(): Shortcut[] {
    const all = this.#shown;
    return all.filter(({ keys }, at) => all.findLastIndex((other) => other.keys === keys) === at);
  }

  /** What a key, or two in a row, do now. */
  find(keys: string): Shortcut | undefined {
    return this.#all.findLast((shortcut) => shortcut.keys === keys);
  }

  #set(all: readonly Shortcut[]) {
    this.#all = all;
    this.#shown = all;
  }

  setEnabled(enabled: boolean) {
    this.enabled = enabled;
    try {
      if (enabled) localStorage.removeItem(storageKey);
      else localStorage.setItem(storageKey, 'off');
    } catch {
      // without storage the choice lasts as long as the page
    }
  }

  handle(event: KeyboardEvent) {
    if (!this.enabled || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey)
      return;
    if (
      isTyping(event.target) ||
      document.querySelector('dialog[open], [role="menu"]:popover-open')
    )
      return;
    const pair =
      event.timeStamp - this.#firstAt < patience ? `${this.#first ?? ''} ${event.key}` : '';
    const match = this.find(pair) ?? this.find(event.key);
    this.#first = match ? undefined : event.key;
    this.#firstAt = event.timeStamp;
    if (!match) return;
    event.preventDefault();
    match.run();
  }
}

/** Whether somebody is writing there, so that keys are letters. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches('input:not([type="checkbox"], [type="radio"]), select, textarea'))
  );
}

function stored(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'off';
  } catch {
    return true;
  }
}

export const shortcuts = new Shortcuts();

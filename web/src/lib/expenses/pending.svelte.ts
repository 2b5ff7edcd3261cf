import { SvelteSet } from 'svelte/reactivity';

/** Rows that wait for an answer while something is done to them; what has none yet waits in the outbox. */
class Pending {
  readonly ids = new SvelteSet<string>();

  async while<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    if (this.ids.size === 0) addEventListener('beforeunload', warn);
    for (const id of ids) this.ids.add(id);
    try {
      return await work();
    } finally {
      for (const id of ids) this.ids.delete(id);
      if (this.ids.size === 0) removeEventListener('beforeunload', warn);
    }
  }
}

function warn(event: BeforeUnloadEvent) {
  event.preventDefault();
}

export const pending = new Pending();

import type { IconName } from './icons.ts';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'bad';
  icon?: IconName;
  /** What can be done about it, such as undoing it. It goes away when taken. */
  action?: { label: string; run: () => void };
}

const patience = { plain: 6_000, good: 6_000, bad: 12_000, action: 12_000 };

/** Short notes at the edge of the page. They wait while the pointer or the focus is on them. */
class Toasts {
  items: Toast[] = $state([]);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(toast: Omit<Toast, 'id' | 'tone'> & { tone?: Toast['tone'] }): number {
    const id = this.#next++;
    this.items = [...this.items.slice(-2), { tone: 'plain', ...toast, id }];
    this.resume(id);
    return id;
  }

  dismiss(id: number) {
    this.hold(id);
    this.items = this.items.filter((toast) => toast.id !== id);
  }

  hold(id: number) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number) {
    this.hold(id);
    const toast = this.items.find((item) => item.id === id);
    if (!toast) return;
    const time = toast.action ? patience.action : patience[toast.tone];
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), time),
    );
  }
}

export const toasts = new Toasts();

const gap = 4;
const edge = 8;

/** Puts a panel of the top layer below its anchor, or above where there is more room, and keeps it inside of the window. */
export function place(panel: HTMLElement, anchor: HTMLElement, align: 'start' | 'end') {
  const at = anchor.getBoundingClientRect();
  panel.style.maxHeight = '';
  const { width, height } = panel.getBoundingClientRect();
  const below = innerHeight - at.bottom - gap - edge;
  const above = at.top - gap - edge;
  const under = height <= below || below >= above;
  const room = Math.min(height, under ? below : above);
  const left = align === 'start' ? at.left : at.right - width;
  panel.style.left = `${Math.max(edge, Math.min(left, innerWidth - width - edge))}px`;
  panel.style.top = `${under ? at.bottom + gap : at.top - gap - room}px`;
  if (room < height) panel.style.maxHeight = `${room}px`;
}

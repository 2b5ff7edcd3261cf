import { expect, test } from 'vitest';
import { shortcuts } from './shortcuts.svelte.ts';

const shortcut = (keys: string, label: string) => ({
  keys,
  label: () => label,
  run: () => undefined,
});

test('a key that a page takes over is told once, and goes back to what it meant before', () => {
  const told = () => shortcuts.inForce.map(({ keys, label }) => `${keys} ${label()}`);
  shortcuts.add(shortcut('/', 'to the list'), shortcut('?', 'help'));
  const leave = shortcuts.add(shortcut('/', 'search here'));
  expect(told()).toEqual(['? help', '/ search here']);
  leave();
  expect(told()).toEqual(['/ to the list', '? help']);
});

test('what holds on every page gives way to a page’s own meaning, though it is added later', () => {
  const leave = shortcuts.add(shortcut('b', 'here'));
  shortcuts.addBelow(shortcut('b', 'everywhere'));
  expect(shortcuts.find('b')?.label()).toBe('here');
  leave();
  expect(shortcuts.find('b')?.label()).toBe('everywhere');
});

import { m } from '#lib/paraglide/messages.js';
import type { categoryColors } from './colors.ts';

const names: Record<(typeof categoryColors)[number], () => string> = {
  '#2f8f6b': m.ui_color_green,
  '#c2722c': m.ui_color_orange,
  '#4a74c9': m.ui_color_blue,
  '#c0504d': m.ui_color_red,
  '#9a5bb5': m.ui_color_purple,
  '#7f8a2a': m.ui_color_olive,
  '#2f8aa3': m.ui_color_petrol,
  '#b8548a': m.ui_color_pink,
  '#8a6f4d': m.ui_color_brown,
  '#5f7f95': m.ui_color_slate,
  '#b08a1e': m.ui_color_gold,
  '#6a6fd0': m.ui_color_indigo,
  '#4f8f3a': m.ui_color_leaf,
  '#c4603a': m.ui_color_rust,
  '#7a7f87': m.ui_color_grey,
  '#3d8f8f': m.ui_color_teal,
};

/** What people call a colour; one from elsewhere has no name. */
export function colorName(color: string): string {
  const known: Record<string, (() => string) | undefined> = names;
  return (known[color] ?? m.ui_color_other)();
}

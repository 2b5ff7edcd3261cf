/** Colours for categories: they keep 3:1 against paper and ink alike, and neighbours differ. */
export const categoryColors = [
  '#2f8f6b',
  '#c2722c',
  '#4a74c9',
  '#c0504d',
  '#9a5bb5',
  '#7f8a2a',
  '#2f8aa3',
  '#b8548a',
  '#8a6f4d',
  '#5f7f95',
  '#b08a1e',
  '#6a6fd0',
  '#4f8f3a',
  '#c4603a',
  '#7a7f87',
  '#3d8f8f',
] as const;

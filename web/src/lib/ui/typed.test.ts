import { expect, test } from 'vitest';
import { Typed } from './typed.svelte.ts';

test('a text follows what it is read from until somebody types over it', () => {
  let name = 'Lisbon';
  const text = new Typed(() => name);
  name = 'Porto';
  expect(text.value).toBe('Porto');
  text.value = 'Lisboa';
  name = 'Faro';
  expect(text.value).toBe('Lisboa');
});

test('emptying a text is typing too', () => {
  const text = new Typed(() => 'Lisbon');
  text.value = '';
  expect(text.value).toBe('');
});

test('what was let go shows what has become of it in the meantime', () => {
  let name = 'Lisbon';
  const text = new Typed(() => name);
  text.value = 'Lisboa';
  name = 'Porto';
  text.release();
  expect(text.value).toBe('Porto');
});

test('what is typed while something else of it is being saved stays', () => {
  const text = new Typed(() => 'Lisbon');
  text.value = 'Lisboa!';
  text.release('Lisboa');
  expect(text.value).toBe('Lisboa!');
  text.release('Lisboa!');
  expect(text.value).toBe('Lisbon');
});

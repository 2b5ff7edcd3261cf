import { error } from '@sveltejs/kit';

/** Any address that is no page: found missing inside of the app, so that its navigation stays. */
export function load() {
  error(404, { message: 'not found', code: 'not_found' });
}

import type { ClientInit, HandleClientError } from '@sveltejs/kit/hooks';
import { mount } from 'svelte';
import { busy } from '#lib/api/busy.svelte.ts';
import { ApiProblem } from '#lib/api/problem.ts';
import { problemText } from '#lib/api/problem-text.ts';

/** Beside the app and not within: on a first visit there is no page yet that could say what it waits for. */
export const init: ClientInit = () => {
  busy.onfirst = () => {
    void import('#lib/shell/BusyNotice.svelte').then(({ default: BusyNotice }) => {
      mount(BusyNotice, { target: document.body });
    });
  };
};

/** What a page that could not be loaded shows, from whatever its load function threw. */
export const handleError: HandleClientError = ({ kind, error }) => {
  if (kind !== 'unknown') return;
  if (!(error instanceof ApiProblem)) {
    console.error(error);
    return { message: problemText(error) };
  }
  return {
    status: error.status || 503,
    message: problemText(error),
    code: error.code,
    ...(error.retryAfter ? { retry_after: error.retryAfter } : {}),
    ...(error.requestId ? { request_id: error.requestId } : {}),
  };
};

import type { HandleClientError } from '@sveltejs/kit/hooks';
import { ApiProblem } from '#lib/api/problem.ts';
import { problemText } from '#lib/api/problem-text.ts';

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
    ...(error.requestId ? { request_id: error.requestId } : {}),
  };
};

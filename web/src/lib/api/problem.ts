import type { Problem } from './types.ts';

/** A refusal of the server, or the absence of an answer (`code` is then `network`). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  /** The path of the field at fault, as the server calls it: `amount`, `split.parts[2].value`. */
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  /** What the resource looks like now, where its version was an old one (412). */
  readonly current: unknown;
  /** Seconds to wait before the next attempt, where the server named them. */
  readonly retryAfter: number | undefined;

  constructor(problem: Partial<Problem> & { status: number; code: string }, retryAfter?: number) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.status = problem.status;
    this.code = problem.code;
    this.field = problem.field ?? undefined;
    this.requestId = problem.request_id;
    this.current = problem.current;
    this.retryAfter = retryAfter;
  }
}

/** Whether the server gave no sum because it is beyond what can be counted exactly. */
export function isTooLarge(cause: unknown): boolean {
  return cause instanceof ApiProblem && cause.code === 'amount_out_of_range';
}

/** Whether the same request may well succeed later: no answer came, or one that says "not now". */
export function isPassing(cause: unknown): cause is ApiProblem {
  if (!(cause instanceof ApiProblem)) return false;
  const { status } = cause;
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** No answer came: offline, or the server is away. */
export function networkProblem(): ApiProblem {
  return new ApiProblem({ status: 0, code: 'network' });
}

/** Reads whatever a failed response holds; a gateway's page of HTML becomes a problem as well. */
export function problemFrom(response: Response, body: unknown): ApiProblem {
  const wait = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : undefined;
  if (typeof body === 'object' && body !== null && 'code' in body) {
    const problem = body as Partial<Problem> & { code: string };
    return new ApiProblem({ ...problem, status: response.status }, retryAfter);
  }
  const code = response.status >= 500 ? 'unavailable' : 'unknown';
  return new ApiProblem({ status: response.status, code }, retryAfter);
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or the problem thrown. */
export async function unwrap<T>(request: Promise<Result<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await request.catch((cause: unknown) => {
    // the answer has begun and does not come to an end
    throw cause instanceof DOMException && cause.name === 'TimeoutError' ? networkProblem() : cause;
  });
  if (!response.ok) throw problemFrom(response, error);
  // 204 has no body: callers of such an operation ignore the value
  return data as NonNullable<T>;
}

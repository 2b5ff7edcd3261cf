/** How often what reads is tried again where the server says "not now", and for how long in all, in milliseconds. */
const [attempts, patience] = [3, 20_000];
/** So long nothing is waited for once that was in vain, in milliseconds: a page asks for several things, one after the other. */
const resignation = 10_000;
/** So long nobody is told, in milliseconds: most of it is over by then. */
const quiet = 1_000;
/** What is waited for where the server does not say how long. */
const firstPause = 1_000;

class Busy {
  /** How many requests have waited for so long that somebody will wonder. */
  long = $state(0);
  /** Called before the first of them: there has to be a place to say it in. */
  onfirst: () => void = () => undefined;
  /** Until when there is no use in waiting. */
  inVainUntil = 0;
  #told = false;

  /** Begins to wait; gives what ends it. */
  begin(): () => void {
    if (!this.#told) this.onfirst();
    this.#told = true;
    let counted = false;
    const timer = setTimeout(() => {
      counted = true;
      this.long += 1;
    }, quiet);
    return () => {
      clearTimeout(timer);
      if (counted) this.long -= 1;
    };
  }
}
export const busy = new Busy();

/** Whether what writes may be sent again after this answer. */
type MayRepeat = (refusal: Response) => Promise<boolean>;

/**
 * Sends a request, and again as long as the answer is that there is too much to do just now: what reads a few times, what
 * writes once, if at all, and never earlier than the server says. Gives the last answer.
 */
export async function untilThereIsTime(
  signal: AbortSignal | undefined,
  send: () => Promise<Response>,
  mayRepeat?: MayRepeat,
): Promise<Response> {
  const first = await send();
  if (!isBusy(first) || Date.now() < busy.inVainUntil) return first;
  if (mayRepeat && !(await mayRepeat(first))) return first;
  const end = busy.begin();
  try {
    const last = await sendAgain(first, signal, send, mayRepeat ? 1 : attempts);
    if (isBusy(last)) busy.inVainUntil = Date.now() + resignation;
    return last;
  } finally {
    end();
  }
}

async function sendAgain(
  first: Response,
  signal: AbortSignal | undefined,
  send: () => Promise<Response>,
  most: number,
): Promise<Response> {
  let response = first;
  for (let attempt = 0, waited = 0; attempt < most && isBusy(response); attempt++) {
    const pause = pauseAfter(response, attempt);
    waited += pause;
    if (waited > patience) break;
    await response.body?.cancel();
    await pauseOrAbort(pause, signal);
    response = await send();
  }
  return response;
}

function isBusy({ status }: Response): boolean {
  return status === 429 || status === 503;
}

/** In milliseconds; not all browsers come back at the same moment. */
function pauseAfter(response: Response, attempt: number): number {
  const told = Number(response.headers.get('retry-after')) * 1_000;
  const least = Math.max(Number.isFinite(told) ? told : 0, firstPause * 2 ** attempt);
  return least * (1 + Math.random() / 4);
}

function pauseOrAbort(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}

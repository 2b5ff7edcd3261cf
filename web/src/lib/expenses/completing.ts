/**
 * Asks for what completes a text. What was asked before is given up, so that no late answer takes the place of a newer one.
 */
export function completing<T>(
  ask: (text: string, signal: AbortSignal) => Promise<T[]>,
  take: (options: T[]) => void,
): (text: string) => Promise<void> {
  let asking: AbortController | undefined;
  return async (text) => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const options = await ask(text, signal);
      if (!signal.aborted) take(options);
    } catch {
      // to complete is a help: without an answer one types on
    }
  };
}

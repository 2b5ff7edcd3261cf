// Server-sent events as they come over fetch: EventSource cannot send the access token.

export interface LiveEvent {
  event: string;
  data: string;
}

/**
 * Cuts what has arrived into events, <https://html.spec.whatwg.org/multipage/server-sent-events.html>; comments and
 * fields that nobody here needs are left out. What is not whole yet is given back as `rest`.
 */
export function parseEvents(text: string): { events: LiveEvent[]; rest: string } {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.map((block) => {
    const fields: Record<string, string> = {};
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon <= 0) continue;
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
      fields[name] = name === 'data' && name in fields ? `${fields[name] ?? ''}\n${value}` : value;
    }
    return { event: fields['event'] ?? 'message', data: fields['data'] ?? '' };
  });
  return { events: events.filter(({ event, data }) => event !== 'message' || data), rest };
}

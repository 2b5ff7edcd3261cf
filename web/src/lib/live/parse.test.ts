import { expect, test } from 'vitest';
import { parseEvents } from './parse.ts';

test('events are cut where an empty line ends them, and the rest waits', () => {
  const { events, rest } = parseEvents(
    'event: stream\ndata: {"a":1}\nretry: 500\n\nevent: ledgers\ndata\n\nevent: ledger\nda',
  );
  expect(events).toEqual([
    { event: 'stream', data: '{"a":1}' },
    { event: 'ledgers', data: '' },
  ]);
  expect(rest).toBe('event: ledger\nda');
});

test('comments say nothing, and data of several lines is one text', () => {
  const { events } = parseEvents(
    ': still there\n\r\n\r\nevent: x\r\ndata: one\r\ndata: two\r\n\r\n',
  );
  expect(events).toEqual([{ event: 'x', data: 'one\ntwo' }]);
});

import { describe, expect, it } from 'vitest';
import { Feed, LAST, PASSED_OVER } from '../../../client/subscription.ts';

function numbers() {
  const log = { unsubscribed: 0 };
  const feed = new Feed<number>(
    (payload) => {
      if (typeof payload !== 'number') throw new Error('no number');
      return payload;
    },
    () => void (log.unsubscribed += 1),
  );
  return { feed, log };
}

describe('a subscription', () => {
  it('[I8] keeps only the newest payload, and counts the ones between', async () => {
    const { feed } = numbers();
    feed.push(1, 10);
    expect(await feed.next()).toEqual({ done: false, value: { n: 1, missed: 0, payload: 10 } });
    feed.push(2, 20);
    feed.push(3, 30);
    feed.push(7, 70);
    expect(await feed.next()).toEqual({ done: false, value: { n: 7, missed: 5, payload: 70 } });
  });

  it('hands a payload to a reader who is waiting', async () => {
    const { feed } = numbers();
    const both = Promise.all([feed.next(), feed.next()]);
    feed.push(1, 10);
    feed.push(2, 20);
    expect((await both).map(({ value }) => value?.payload)).toEqual([10, 20]);
  });

  it('unsubscribes once when its loop is left', async () => {
    const { feed, log } = numbers();
    feed.push(1, 10);
    for await (const { payload } of feed) {
      expect(payload).toBe(10);
      break;
    }
    feed.close();
    expect(log.unsubscribed).toBe(1);
    feed.push(2, 20);
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });

  it('ends the wait of a reader when it is closed', async () => {
    const { feed } = numbers();
    const waiting = feed.next();
    feed.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('delivers what came before its end, then the error once, then ends', async () => {
    const { feed, log } = numbers();
    feed.push(1, 10);
    feed.end(new Error('line broke'));
    expect((await feed.next()).value?.payload).toBe(10);
    await expect(feed.next()).rejects.toThrow('line broke');
    expect(await feed.next()).toEqual({ done: true, value: undefined });
    expect(log.unsubscribed).toBe(0);
  });

  it('ends with the error when a payload cannot be read', async () => {
    const { feed, log } = numbers();
    const waiting = feed.next();
    feed.push(1, 'ten');
    await expect(waiting).rejects.toThrow('no number');
    expect(log.unsubscribed).toBe(1);
  });

  it('[I8] keeps as many payloads as it is told to, and hands them out in order', async () => {
    const feed = new Feed<unknown>(
      (payload) => payload,
      () => undefined,
      3,
    );
    for (const n of [1, 2, 3, 4, 5]) feed.push(n, n * 10);
    expect((await feed.next()).value).toEqual({ n: 3, missed: 0, payload: 30 });
    feed.push(6, 60);
    feed.end(undefined);
    const rest: unknown[] = [];
    for await (const push of feed) rest.push(push);
    expect(rest).toEqual([
      { n: 4, missed: 0, payload: 40 },
      { n: 5, missed: 0, payload: 50 },
      { n: 6, missed: 0, payload: 60 },
    ]);
  });

  it('passes a payload over that its reader does, and ends with the last', async () => {
    const log = { unsubscribed: 0 };
    const feed = new Feed<unknown>(
      (payload) => (payload === 'odd' ? PASSED_OVER : payload === 'last' ? LAST : payload),
      () => void (log.unsubscribed += 1),
    );
    feed.push(1, 'one');
    feed.push(2, 'odd');
    feed.push(3, 'last');
    feed.push(4, 'four');
    expect((await feed.next()).value).toEqual({ n: 1, missed: 0, payload: 'one' });
    expect(await feed.next()).toEqual({ done: true, value: undefined });
    expect(log.unsubscribed).toBe(1);
  });
});

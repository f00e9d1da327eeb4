import { describe, expect, it } from 'vitest';
import { Feed } from '../../../client/subscription.ts';

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
});

/**
 * Sends what happened on this page view, in small batches.
 *
 * Sent 2 s after the first event, at most every 10 s after that, and when the page is
 * hidden: that is the last moment a page can count on. Delivery is at least once; each
 * event has an id, so that doubles can be dropped. A page that comes back from the
 * back/forward cache goes on as the same page view: its slots were made for this one. Where a
 * script shows another page in this one, a page view ends and another begins.
 */

import type { LoaderConfig } from "./config.ts";
import type { Identity } from "./identity.ts";

export type Kind =
  | "view"
  | "exposure"
  | "request"
  | "fill"
  | "no-fill"
  | "render"
  | "viewable"
  | "in-view"
  | "click"
  | "shift"
  | "scroll"
  | "error";

export type Record = (kind: Kind, slot?: HTMLElement | null, value?: number | null) => void;

interface Event {
  /** Its number on this page view. */
  id: number;
  kind: Kind;
  t: number;
  placement: string | null;
  slot: string | null;
  value: number | null;
}

const FIRST_DELAY_MS = 2_000;
const NEXT_DELAY_MS = 10_000;
// The intake takes 100 events and 16 KB at most; 50 events of ours are some 8 KB.
const BATCH = 50;

/**
 * Starts collecting, and gives what records an event and what ends the page view. `last` runs
 * just before the batch that may be the page's last. Who reads is asked when a batch is sent: it
 * may take a look into the storage.
 */
export function startBeacon(
  config: LoaderConfig,
  identity: () => Identity,
  layout: string,
  last: (isOver?: boolean) => void,
): readonly [record: Record, end: () => void] {
  // A reader of Firefox can have switched beacons off.
  const url = (navigator as Partial<Navigator>).sendBeacon && config.events;
  if (!url) return [() => undefined, () => undefined];

  let path = location.pathname;

  const queue: Event[] = [];
  let count = 0;
  let delay = FIRST_DELAY_MS;
  let timer = 0;

  function schedule(): void {
    timer ||= window.setTimeout(flush, delay);
    delay = NEXT_DELAY_MS;
  }

  function flush(): void {
    clearTimeout(timer);
    timer = 0;
    while (queue.length) {
      const { view, unit, uid, variant, qa } = identity();
      const events = queue.slice(0, BATCH).map((event) => ({ ...event, id: view + "-" + event.id }));
      const batch = {
        v: 1,
        view,
        unit,
        uid,
        path: path.slice(0, 1024),
        lang: config.lang,
        layout,
        gen: config.gen,
        exp: config.exp?.key ?? null,
        variant: config.exp?.variants[variant] ?? null,
        width: innerWidth,
        qa,
        events,
      };
      if (!navigator.sendBeacon(url as string, JSON.stringify(batch))) return schedule();
      queue.splice(0, events.length);
    }
  }

  function flushLast(isOver?: boolean): void {
    last(isOver);
    flush();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flushLast();
  });
  addEventListener("pagehide", () => flushLast());

  const record: Record = (kind, slot, value = null) => {
    queue.push({
      id: ++count,
      kind,
      t: Date.now(),
      placement: slot?.dataset["placement"] ?? null,
      slot: slot ? slot.dataset["placement"] + "-" + slot.dataset["n"] : null,
      value,
    });
    schedule();
  };
  return [
    record,
    () => {
      flushLast(true);
      path = location.pathname;
    },
  ];
}

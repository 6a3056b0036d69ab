/**
 * Which slots are asked for, and when: near ones, the nearest first, few at a time.
 *
 * A slot that the reader has left behind before its turn came is not asked for, and nothing
 * is while nobody looks at the page. Readers who save data get an ad only where they see it
 * coming; on slow connections the article's own pictures go first.
 */

interface Connection {
  saveData?: boolean;
  effectiveType?: string;
}

declare global {
  interface Navigator {
    connection?: Connection;
  }
}

type Act = () => Promise<unknown>;

const PARALLEL = 4;
const SLOW_PARALLEL: { [type: string]: number } = { "slow-2g": 1, "2g": 1, "3g": 2 };

/** How far a box is outside the window, in px; 0 inside it. */
export function distance(top: number, bottom: number, height: number): number {
  return Math.max(top - height, -bottom, 0);
}

/** A function that has `act` called once for a slot when its turn comes. */
export function queue(
  parallel = PARALLEL,
): (slot: HTMLElement, margin: string, act: Act) => void {
  const { saveData, effectiveType } = navigator.connection ?? {};
  const limit = saveData ? 1 : Math.min(parallel, SLOW_PARALLEL[effectiveType!] ?? parallel);
  const near = new Map<Element, Act>();
  let busy = 0;
  let timer = 0;

  const pump = (): void => {
    timer = 0;
    while (busy < limit && near.size && document.visibilityState === "visible") {
      let nearest: Element | undefined;
      let least = Infinity;
      for (const slot of near.keys()) {
        const { top, bottom } = slot.getBoundingClientRect();
        // Of several in the window the upper one: observers may report in any order.
        const rank = distance(top, bottom, innerHeight) * 1e6 + top;
        if (rank < least) {
          least = rank;
          nearest = slot;
        }
      }
      const act = near.get(nearest!)!;
      near.delete(nearest!);
      busy += 1;
      void act().finally(() => {
        busy -= 1;
        pump();
      });
    }
  };
  document.addEventListener("visibilitychange", pump);

  // One observer a margin: they cost more than what they observe.
  const observers: { [margin: string]: IntersectionObserver } = {};
  const acts = new WeakMap<Element, Act>();
  const see = (entries: IntersectionObserverEntry[], observer: IntersectionObserver): void => {
    for (const { target, isIntersecting } of entries) {
      const act = acts.get(target);
      if (isIntersecting && act) {
        near.set(target, () => {
          observer.unobserve(target);
          acts.delete(target);
          return act();
        });
        // Observers tell one after the other: the nearest is known when all have.
        timer ||= window.setTimeout(pump);
      } else {
        near.delete(target);
      }
    }
  };
  return (slot, margin, act) => {
    acts.set(slot, act);
    const rootMargin = saveData ? "0px" : margin;
    (observers[margin] ??= new IntersectionObserver(see, {
      rootMargin,
      // As far ahead where it is not the window that scrolls the article. Not where it is, as
      // Chromium adds the two up there.
      scrollMargin: document.documentElement.scrollHeight > innerHeight ? "0px" : rootMargin,
    })).observe(slot);
  };
}

/** What the whole page view tells: how far it was read, what moved, which creative was clicked. */

import type { Record } from "./beacon.ts";

/** Records what is new on this page view; after that, `isOver` says, another one begins. */
export type Report = (isOver?: boolean) => void;

interface LayoutShift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

/** Follows scrolling and layout shifts; the returned function records what is new. */
export function watchPage(record: Record): Report {
  let lowest = 0;
  let shift = 0;
  let reported: { [kind: string]: number } = {};

  addEventListener("scroll", () => void (lowest = Math.max(lowest, scrollY)), { passive: true });
  // Chromium alone knows of shifts: no word of them is not a page where nothing moved.
  const isTold = PerformanceObserver.supportedEntryTypes.includes("layout-shift");
  if (isTold) {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[]) {
        if (!entry.hadRecentInput) shift += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  }

  const report = (kind: "scroll" | "shift", value: number): void => {
    if (reported[kind] !== value) record(kind, null, (reported[kind] = value));
  };
  return (isOver) => {
    let read = lowest + innerHeight;
    let whole = document.documentElement.scrollHeight;
    const bottom = read - scrollY;
    // Without the ads: of two layouts the one with more of them makes the longer page.
    for (const slot of document.querySelectorAll("ad-slot:not([data-kind])")) {
      const { top, height } = slot.getBoundingClientRect();
      read -= Math.min(Math.max(bottom - top, 0), height);
      whole -= height;
    }
    report("scroll", +Math.min(read / whole, 1).toFixed(2));
    if (isTold) report("shift", +shift.toFixed(4));
    if (isOver) {
      lowest = shift = 0;
      reported = {};
    }
  };
}

/**
 * A click into a frame cannot be seen from outside, but the window then loses its focus to
 * that frame. So does tabbing into it, which is told apart by the key just before.
 */
export function watchClicks(record: Record): void {
  let tabbedAt = -Infinity;
  addEventListener("keydown", (event) => {
    if (event.key === "Tab") tabbedAt = event.timeStamp;
  });
  addEventListener("blur", (event) =>
    // Firefox says only after the event where the focus has gone.
    setTimeout(() => {
      const slot = document.activeElement?.closest("iframe")?.closest<HTMLElement>("ad-slot");
      if (slot && event.timeStamp - tabbedAt > 500) record("click", slot);
    }),
  );
}

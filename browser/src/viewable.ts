/**
 * When a creative counts as seen: half of its pixels for one second without a break, or 30 %
 * of them for one of 242 500 px² and more. Source: MRC Viewable Ad Impression Measurement
 * Guidelines (desktop display; large ads). Time in a hidden tab does not count.
 */

const LARGE_PX2 = 242_500;
const SHARE = 0.5;
const LARGE_SHARE = 0.3;
const SECOND_MS = 1_000;

/** The share of its pixels that a creative of this size must show. */
export function shareNeeded(width: number, height: number): number {
  return width * height >= LARGE_PX2 ? LARGE_SHARE : SHARE;
}

/** Calls `seen` once, when `creative` has become viewable. */
export function watchViewable(creative: HTMLElement, seen: () => void): void {
  let isInView = false;
  let timer = 0;

  const update = (): void => {
    clearTimeout(timer);
    if (isInView && document.visibilityState === "visible") timer = window.setTimeout(done, SECOND_MS);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      const { intersectionRatio, boundingClientRect } = entries[entries.length - 1]!;
      const isNow =
        intersectionRatio >= shareNeeded(boundingClientRect.width, boundingClientRect.height);
      if (isNow === isInView) return;
      isInView = isNow;
      update();
    },
    { threshold: [LARGE_SHARE, SHARE] },
  );
  const done = (): void => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", update);
    seen();
  };
  document.addEventListener("visibilitychange", update);
  observer.observe(creative);
}

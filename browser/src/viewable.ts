/**
 * When a creative counts as seen, and how long it was.
 *
 * Half of its pixels for one second without a break, 30 % of them for one of 242 500 px² and
 * more, and two seconds for video. Source: MRC Viewable Ad Impression Measurement Guidelines
 * (desktop display, large ads, video). Time in a hidden tab does not count.
 */

const LARGE_PX2 = 242_500;
const SHARE = 0.5;
const LARGE_SHARE = 0.3;
const SECOND_MS = 1_000;
const VIDEO_MS = 2_000;

/** The share of its pixels that a creative of this size must show. */
export function shareNeeded(width: number, height: number): number {
  return width * height >= LARGE_PX2 ? LARGE_SHARE : SHARE;
}

export interface Attention {
  /** Whether enough of it is in view now, in a tab that is shown. */
  isInView(): boolean;
  /** How long it has been, in ms. */
  total(): number;
  stop(): void;
}

/** Follows `creative`; calls `seen` once, when it has become viewable. */
export function watchViewable(
  creative: HTMLElement,
  seen: () => void,
  isVideo = false,
): Attention {
  let isThere = false;
  let since = 0;
  let before = 0;
  let timer = 0;
  let isSeen = false;

  const total = (): number => before + (since && performance.now() - since);
  const update = (): void => {
    const isNow = isThere && document.visibilityState === "visible";
    if (isNow === !!since) return;
    clearTimeout(timer);
    before = total();
    since = isNow ? performance.now() : 0;
    if (isNow && !isSeen) timer = window.setTimeout(done, isVideo ? VIDEO_MS : SECOND_MS);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      const { intersectionRatio, boundingClientRect } = entries[entries.length - 1]!;
      isThere =
        intersectionRatio >= shareNeeded(boundingClientRect.width, boundingClientRect.height);
      update();
    },
    { threshold: [LARGE_SHARE, SHARE] },
  );
  const done = (): void => {
    isSeen = true;
    seen();
  };
  document.addEventListener("visibilitychange", update);
  observer.observe(creative);
  return {
    isInView: () => !!since,
    total,
    stop() {
      isThere = false;
      update();
      observer.disconnect();
      document.removeEventListener("visibilitychange", update);
    },
  };
}

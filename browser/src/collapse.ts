/**
 * Takes an empty slot out of the page where nobody can see anything move.
 *
 * Only below the window: there the page under the slot moves up unseen. Above the window it
 * would push what is being read. A slot that is seen or passed keeps its box, empty, until
 * the reader has gone back so far that it lies below the window.
 */

// More than any margin around a slot: what follows must stay outside the window as well.
const CLEARANCE_PX = 100;
// Everything above the window counts as seen, so that a jump from below a slot to far above
// it is a change that the observer reports.
const ALL_ABOVE = `1000000px 0px ${CLEARANCE_PX}px`;

export function collapseUnseen(slot: HTMLElement): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries[entries.length - 1]!.isIntersecting) return;
      // At a frame's begin, where the reader's scrolling for it is done and nothing is drawn:
      // what the observer saw is a frame old.
      requestAnimationFrame(() => {
        // A slot cut off by a scroller of the page's own need not be below.
        if (slot.getBoundingClientRect().top < innerHeight + CLEARANCE_PX) return;
        observer.disconnect();
        slot.hidden = true;
      });
    },
    { rootMargin: ALL_ABOVE },
  );
  observer.observe(slot);
}

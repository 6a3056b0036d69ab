/**
 * Takes an empty slot out of the page where nobody can see anything move.
 *
 * Only below the window: there the page under the slot moves up unseen. Above the window it
 * would push what is being read. A slot that is seen or passed keeps its box, empty, until
 * the reader has gone back so far that it lies below the window.
 *
 * In columns, and in some grids, what lies below is not all that moves. So what stands around the
 * slot is looked at before and after, and where something in the window has moved, or the window
 * itself, the slot comes back before a frame is drawn.
 */

// More than any margin around a slot: what follows must stay outside the window as well.
const CLEARANCE_PX = 100;
// Everything above the window counts as seen, so that a jump from below a slot to far above
// it is a change that the observer reports.
const ALL_ABOVE = `1000000px 0px ${CLEARANCE_PX}px`;

/** Where those of the slot's neighbours stand that are in or above the window. */
function seenAround(slot: HTMLElement): string {
  return Array.from(slot.parentElement!.children, (other) => {
    const { x, y } = other.getBoundingClientRect();
    return other !== slot && y < innerHeight && [x, y];
  }).join();
}

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
        const before = seenAround(slot);
        slot.hidden = true;
        slot.hidden = seenAround(slot) === before;
      });
    },
    { rootMargin: ALL_ABOVE },
  );
  observer.observe(slot);
}

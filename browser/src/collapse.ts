/**
 * Takes an empty slot out of the page where nobody can see anything move.
 *
 * Only below the window: there the page under the slot moves up unseen. Above the window it
 * would push what is being read. A slot that is seen or passed keeps its box, empty, until
 * the reader has scrolled back so far that it lies below the window.
 */

// More than any margin around a slot: what follows must stay outside the window as well.
const CLEARANCE_PX = 100;

export function collapseUnseen(slot: HTMLElement): void {
  const observer = new IntersectionObserver(
    ([entry]) => {
      const { top } = entry!.boundingClientRect;
      if (entry!.isIntersecting || top < innerHeight + CLEARANCE_PX) return;
      observer.disconnect();
      slot.hidden = true;
    },
    { rootMargin: `${CLEARANCE_PX}px` },
  );
  observer.observe(slot);
}

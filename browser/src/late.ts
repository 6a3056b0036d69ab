/**
 * Slots of a page that React takes over ("hydrates").
 *
 * React compares the elements and texts that it finds with those it would have made, and
 * rebuilds the page where they differ; comments it passes over. So the slots of such a page
 * are all markers, and become elements only after React has taken over what they stand in,
 * and only below the window, where nobody sees anything move. A marker that the reader has
 * reached by then stays a comment.
 */

import type { Markers } from "./config.ts";
import { comments, slotFor } from "./markers.ts";

/** React writes its keys onto each node that it has taken over. */
const REACT_KEY = /^__react(?:Fiber|Props|InternalInstance|Container)\$/;
const EVERY_MS = 200;
/** So long after the page's load nobody will take over a markup any more. */
const PATIENCE_MS = 10_000;

function isTaken(node: Node | null): boolean {
  return node !== null && Object.keys(node).some((key) => REACT_KEY.test(key));
}

function isBelowWindow(comment: Comment): boolean {
  const next = comment.nextElementSibling;
  const edge = next
    ? next.getBoundingClientRect().top
    : comment.parentElement?.getBoundingClientRect().bottom;
  return edge !== undefined && edge >= innerHeight;
}

/** Hands over each slot once it stands in the page. */
export function placeLate(
  config: Markers,
  variant: number,
  take: (slot: HTMLElement) => void,
): void {
  let loaded = 0;
  const placed: HTMLElement[] = [];
  const { pathname } = location;
  // A script that shows another page in this one may keep what the slots stand in.
  const watch = new MutationObserver(() => {
    if (location.pathname === pathname) return;
    watch.disconnect();
    for (const slot of placed) slot.remove();
  });
  watch.observe(document, { childList: true, characterData: true, subtree: true });
  const place = (): void => {
    if (location.pathname !== pathname) return;
    const isLate = loaded > 0 && performance.now() - loaded > PATIENCE_MS;
    let waiting = 0;
    for (const comment of comments()) {
      const slot = slotFor(comment, config, variant);
      if (!slot) continue;
      if (!isTaken(comment.parentNode) && !isLate) {
        waiting += 1;
      } else if (isBelowWindow(comment)) {
        comment.replaceWith(slot);
        placed.push(slot);
        take(slot);
      }
    }
    if (waiting && !isLate) setTimeout(place, EVERY_MS);
  };
  const begin = (): void => {
    loaded = performance.now();
    place();
  };
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
}

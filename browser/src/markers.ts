/** Markers: comments in the page that stand for slots which a script is to make. */

import type { Marker, Markers } from "./config.ts";

/** The number of the marker that a comment is; empty for any other comment. */
export function numberOf(node: Comment): string {
  return /^adweave:(\d+)$/.exec(node.data)?.[1] ?? "";
}

/** The slot or notice that a marker stands for. */
export function slotOf(marker: Marker, config: Markers): HTMLElement {
  const slot = document.createElement(marker.t ?? "ad-slot");
  for (const [name, value] of Object.entries({ ...config.attrs, ...marker.a })) {
    slot.setAttribute(name, value);
  }
  return slot;
}

/** The slot or notice that a comment stands for in this variant, or null. */
export function slotFor(node: Comment, config: Markers, variant: number): HTMLElement | null {
  const marker = config.markers[numberOf(node)];
  return marker && marker.v.includes(variant) ? slotOf(marker, config) : null;
}

/** All comments of the page as they are now; safe against changes while they are worked on. */
export function comments(): Comment[] {
  const found: Comment[] = [];
  const iterator = document.createNodeIterator(document, NodeFilter.SHOW_COMMENT);
  for (let node = iterator.nextNode(); node; node = iterator.nextNode()) {
    found.push(node as Comment);
  }
  return found;
}

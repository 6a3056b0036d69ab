/** Markers: comments in the page that stand for slots which a script is to make. */

import type { Markers } from "./config.ts";

/** The slot or notice that a comment stands for in this variant, or null. */
export function slotFor(node: Comment, config: Markers, variant: number): HTMLElement | null {
  const number = /^adweave:(\d+)$/.exec(node.data)?.[1];
  const marker = number && config.markers[number];
  if (!marker || !marker.v.includes(variant)) return null;
  const slot = document.createElement(marker.t ?? "ad-slot");
  for (const [name, value] of Object.entries({ ...config.attrs, ...marker.a })) {
    slot.setAttribute(name, value);
  }
  return slot;
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

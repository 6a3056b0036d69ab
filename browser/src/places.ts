/**
 * Places in a page, named by the element beside them: its tag and the beginning of its text.
 *
 * Positions would not do: scripts put banners and wrappers around an article. The other side of
 * this agreement is `adweave.page.landmarks`.
 */

import type { Place } from "./config.ts";

export interface Spot {
  parent: Element;
  /** The element that a slot would stand before; null for none. */
  next: Element | null;
  /** What names the place: the element before it, a marker, or the parent at whose end it is. */
  at: Node;
}

/** So many UTF-16 code units of a text name it. */
const LENGTH = 64;

/** FNV-1a, 32 bits, over UTF-16 code units, of a text's beginning without white space. */
export function fingerprint(text: string): number {
  const units = text.replace(/[ \t\n\f\r\xA0]+/g, "").slice(0, LENGTH);
  let hash = 0x811c9dc5;
  for (let index = 0; index < units.length; index++) {
    hash = Math.imul(hash ^ units.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A function that finds places in what `root` holds now; each tag is gone through once. */
export function placesIn(root: Element): (place: Place) => Spot | null {
  const known: { [tag: string]: Map<number, Element[]> } = {};
  const named = (tag: string): Map<number, Element[]> => {
    const found = new Map<number, Element[]>();
    for (const element of root.getElementsByTagName(tag)) {
      const name = fingerprint(element.textContent!);
      const alike = found.get(name);
      if (alike) alike.push(element);
      else found.set(name, [element]);
    }
    return found;
  };
  return ([side, tag, name, nth]) => {
    if (side === "end") return { parent: root, next: null, at: root };
    const element = (known[tag] ??= named(tag)).get(name)?.[nth];
    const parent = element?.parentElement;
    if (!parent) return null;
    return { parent, next: side === "before" ? element! : null, at: element! };
  };
}

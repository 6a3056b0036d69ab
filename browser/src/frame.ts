/** Frames and other elements for creatives, of a size that no rule of the page changes. */

import type { Size } from "./config.ts";

/**
 * Inline and important, so that no rule of the page for frames or images has a say.
 *
 * Shrunk about its middle, which is the slot's. Not by `zoom`: Safari makes a frame smaller by that
 * and leaves the page in it as it is, and Firefox has had it for a short time only.
 */
export function sized<T extends HTMLElement>(element: T, [width, height]: Size, scale = 1): T {
  const style = { width: width + "px", height: height + "px", transform: `scale(${scale})` };
  for (const [name, value] of Object.entries(style)) {
    element.style.setProperty(name, value, "important");
  }
  return element;
}

export function framed(size: Size, title: string, sandbox: string, allow = ""): HTMLIFrameElement {
  const element = document.createElement("iframe");
  element.setAttribute("sandbox", sandbox);
  element.allow = allow;
  element.title = title;
  element.loading = "eager";
  element.referrerPolicy = "strict-origin-when-cross-origin";
  return sized(element, size);
}

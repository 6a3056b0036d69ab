/** Frames and other elements for creatives, of a size that no rule of the page changes. */

import type { Size } from "./config.ts";

/** Inline and important, so that no rule of the page for frames or images has a say. */
export function sized<T extends HTMLElement>(element: T, [width, height]: Size, zoom = 1): T {
  const style = { width: width + "px", height: height + "px", zoom: zoom + "" };
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
  element.width = size[0] + "";
  element.height = size[1] + "";
  element.loading = "eager";
  element.referrerPolicy = "strict-origin-when-cross-origin";
  return sized(element, size);
}

/**
 * The iframe adapter: any ad server that answers with a page.
 *
 * The frame runs in a sandbox, without what `allow` does not name. It may say by message
 * `{adweave: "no-fill"}`, `{adweave: "video"}` for pictures that move, or `{adweave: "size",
 * width, height}` for one of the placement's other sizes that the box has room for; messages
 * from other windows, and any other size, go unheard. A frame that has loaded and said nothing is
 * a fill: whoever does not know our messages can't say more.
 */

import type { Demand } from "./config.ts";
import { filledIn, type Adapter } from "./demand.ts";
import { framed, sized } from "./frame.ts";

export interface IframeSettings extends Demand {
  url: string;
  sandbox: string;
  /** A permissions policy for the frame, as its `allow` attribute. */
  allow: string;
}

const GRACE_MS = 50;

interface Message {
  adweave?: string;
  width?: number;
  height?: number;
}

export const iframe: Adapter<IframeSettings> = (opening) => {
  const { settings, sizes, words, name, signal, place } = opening;
  const size = sizes[0];
  if (!size) return Promise.resolve(null);
  const element = framed(size, name, settings.sandbox, settings.allow);
  const url = new URL(filledIn(settings.url, words), document.baseURI);
  element.src = url.href;

  let isVideo = false;
  return new Promise((resolve) => {
    const hear = ({ source, data }: MessageEvent<Message | null>): void => {
      if (source !== element.contentWindow || typeof data !== "object" || !data) return;
      if (data.adweave === "no-fill") end(false);
      isVideo ||= data.adweave === "video";
      if (data.adweave === "size") {
        const { width, height } = data;
        const size = sizes.find(([w, h]) => w === width && h === height);
        if (size) sized(element, size);
      }
    };
    const end = (isFilled: boolean): void => {
      // A frame that turns out empty later leaves its box; until it is taken out we listen.
      if (!isFilled) removeEventListener("message", hear);
      resolve(isFilled ? { element, isVideo } : null);
    };
    addEventListener("message", hear);
    signal.addEventListener("abort", () => removeEventListener("message", hear));
    // What a frame said while it loaded may be heard after its load.
    element.addEventListener("load", () => setTimeout(end, GRACE_MS, true), { once: true });
    place(element);
  });
};

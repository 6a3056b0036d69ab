/**
 * AdSense, by its own contract: an `ins.adsbygoogle`, a push, and `data-ad-status` as answer.
 *
 * The unit has a fixed size, the largest of the placement's that the box has room for.
 * Source: "AdSense Help", ad unit code, unfilled ad units, personalised and
 * non-personalised ads.
 */

import type { Demand } from "../config.ts";
import type { Adapter } from "../demand.ts";
import { sized } from "../frame.ts";
import { fetched } from "./script.ts";

export interface AdSenseSettings extends Demand {
  client: string;
  slot: string;
  src: string;
  test: boolean;
}

interface Queue {
  push(unit: object): unknown;
  requestNonPersonalizedAds?: 0 | 1;
}

declare global {
  interface Window {
    adsbygoogle?: Queue;
  }
}

const adsense: Adapter<AdSenseSettings> = async (opening) => {
  const { sizes, settings, grant, nonce, signal } = opening;
  const size = Array.from(sizes).sort((a, b) => b[0] * b[1] - a[0] * a[1])[0];
  if (!size) return null;
  const element = sized(document.createElement("ins"), size);
  element.className = "adsbygoogle";
  element.style.setProperty("display", "inline-block", "important");
  element.dataset["adClient"] = settings.client;
  element.dataset["adSlot"] = settings.slot;
  if (settings.test) element.dataset["adtest"] = "on";
  opening.place(element);

  const status = new Promise<boolean>((resolve) => {
    const observer = new MutationObserver(() => {
      const said = element.dataset["adStatus"];
      if (!said) return;
      observer.disconnect();
      resolve(said === "filled");
    });
    observer.observe(element, { attributeFilter: ["data-ad-status"] });
    signal.addEventListener("abort", () => observer.disconnect());
  });
  const queue: Queue = (window.adsbygoogle ??= []);
  queue.requestNonPersonalizedAds = grant.isPersonal ? 0 : 1;
  const address = new URL(settings.src, document.baseURI);
  address.searchParams.set("client", settings.client);
  await fetched(address.href, nonce, { crossOrigin: "anonymous" });
  if (signal.aborted) return null;
  window.adsbygoogle!.push({});
  return (await status) ? { element } : null;
};

export default adsense;

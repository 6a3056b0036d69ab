/**
 * Keeps the visitor id in step with what the reader allows, for the next page view.
 *
 * "assumed" needs nothing: the id is made when the page view is drawn. Under "tcf" the id is
 * made after the consent platform reports consent to purpose 1 (storage on the device), and
 * taken away when that is withdrawn. Global Privacy Control always means none.
 * Source: IAB TCF v2.2, "CMP API", addEventListener.
 */

import type { ConsentPolicy } from "./config.ts";
import { VISITOR_KEY, mayRemember, visitorId } from "./identity.ts";

interface TcData {
  eventStatus: string;
  purpose: { consents: Readonly<{ [purpose: number]: boolean }> };
}

declare global {
  interface Window {
    __tcfapi?: (
      command: "addEventListener",
      version: 2,
      callback: (tcData: TcData, ok: boolean) => void,
    ) => void;
  }
}

const STORAGE_PURPOSE = 1;

function forget(): void {
  try {
    localStorage.removeItem(VISITOR_KEY);
  } catch {
    // storage is forbidden, so there is nothing to forget
  }
}

export function watchConsent(policy: ConsentPolicy): void {
  if (!mayRemember(policy)) return forget();
  if (policy !== "tcf") return;
  const listen = (): boolean => {
    window.__tcfapi?.("addEventListener", 2, (tcData, ok) => {
      // "cmpuishown" reports the state before the reader has answered
      if (!ok || tcData.eventStatus === "cmpuishown") return;
      if (tcData.purpose?.consents?.[STORAGE_PURPOSE]) visitorId(true);
      else forget();
    });
    return !!window.__tcfapi;
  };
  // A platform's stub is there from the start; one that is not gets a second chance.
  if (!listen()) addEventListener("load", listen);
}

/**
 * Who this reader is, as far as they let us know, and which page view this is.
 *
 * A visitor id is a random number in the site's own local storage. It is read or made only
 * where the policy allows, and never under Global Privacy Control. Else the page view is
 * the unit, and nothing is stored. Local storage may be forbidden or full: then the page
 * view is the unit, too.
 *
 * A tester who came by a signed link has a cookie that names a variant: that one is shown, and
 * what is reported says so, to count for nothing. The server has checked the link; here nothing
 * could, as a page holds no secret. Who forges the cookie changes what is shown to himself.
 */

import { variantOf } from "./assign.ts";
import type { ConsentPolicy, Experiment } from "./config.ts";

export const VISITOR_KEY = "adweave.id";

/** What the head script leaves for the loader in `window.adweave`. */
export interface Identity {
  unit: "visitor" | "view";
  /** The unit's id: the visitor's or the page view's. */
  uid: string;
  view: string;
  /** Index of the variant; -1 when the unit is in none. */
  variant: number;
  /** Whether a tester's link chose the variant. */
  qa?: boolean;
}

declare global {
  interface Window {
    adweave?: Identity;
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

/** So many random bytes, in hexadecimal. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    (byte + 256).toString(16).slice(1),
  ).join("");
}

export function mayRemember(consent: ConsentPolicy): boolean {
  return consent !== "never" && !navigator.globalPrivacyControl;
}

/** The visitor id kept here; makes one if asked to. Empty when there is none. */
export function visitorId(make: boolean): string {
  try {
    let id = localStorage.getItem(VISITOR_KEY) ?? "";
    if (!/^[0-9a-f]{32}$/.test(id)) {
      id = make ? randomHex(16) : "";
      if (id) localStorage.setItem(VISITOR_KEY, id);
    }
    return id;
  } catch {
    return ""; // storage is forbidden or full: the page view is the unit
  }
}

/** The variant that a tester's link asks for; -1 without one. The server's `events.links`. */
function forced(exp: Experiment): number {
  try {
    const { cookie } = document;
    return exp.variants.findIndex((name) => cookie.includes(`adweave-qa=${exp.key}.${name}.`));
  } catch {
    return -1; // a sandboxed page has no cookies
  }
}

/** Draws the page view's id and its unit, and the unit's variant where there is a test. */
export function identify(consent: ConsentPolicy, exp: Experiment | null): Identity {
  const view = randomHex(8);
  const isVisitorWanted = !(exp && exp.unit === "view") && mayRemember(consent);
  const visitor = isVisitorWanted ? visitorId(consent === "assumed") : "";
  const uid = visitor || view;
  const shown = exp ? forced(exp) : -1;
  return {
    unit: visitor ? "visitor" : "view",
    uid,
    view,
    variant: exp && shown < 0 ? variantOf(exp, uid, Date.now()) : shown,
    qa: shown >= 0,
  };
}

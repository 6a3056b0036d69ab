/**
 * The reader's identity where the server picks the variant: it knows visitors by a cookie.
 *
 * The cookie holds the same id as the local storage and is kept under the same conditions. The
 * page says which variant it has; here is only looked for who the reader was to the server. A
 * reader without the cookie was nobody there: what is kept now counts from the next page on.
 */

import type { ConsentPolicy } from "./config.ts";
import { identify, mayRemember, visitorId, type Identity } from "./identity.ts";

/** A running experiment whose variant the server has picked: nothing of the others is told. */
export interface AssignedExperiment {
  key: string;
  /** Whether its unit is the visitor, whom the server knows by a cookie. */
  cookie: boolean;
  ranges?: undefined;
  /** The one that counts; none where the reader is in none. */
  variants: readonly string[];
  /** What the page has. */
  layouts: readonly string[];
  /** Whether a tester's link chose the variant. */
  qa: boolean;
}

function kept(): string | undefined {
  try {
    return /adweave-id=(\w+)|$/.exec(document.cookie)![1];
  } catch {
    return; // a sandboxed page has no cookies: to the server the reader stays nobody
  }
}

/** Sets the cookie that the server's `http.assigning` reads; in 0 seconds it ends. */
function keep(id: string, seconds: number): void {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `adweave-id=${id};path=/;max-age=${seconds};samesite=lax${secure}`;
}

/** Keeps the visitor's id where the server reads it; to be called only with the reader's leave. */
export function tellServer(): void {
  const id = kept() || visitorId(true);
  if (id) keep(id, 3e7); // about a year, in s; without storage there are no cookies either
}

export function hideFromServer(): void {
  if (kept()) keep("", 0);
}

/** Who reads a page whose variant the server has picked. */
export function known(consent: ConsentPolicy, exp: AssignedExperiment): Identity {
  const who = identify(exp.cookie ? consent : "never", null);
  const had = exp.cookie && mayRemember(consent) && kept();
  if (had) {
    who.unit = "visitor";
    who.uid = had;
  }
  if (consent === "assumed" && who.unit === "visitor") tellServer();
  if (!exp.cookie || had || exp.qa) who.variant = exp.variants.length - 1;
  who.qa = exp.qa;
  return who;
}

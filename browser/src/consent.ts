/**
 * What the reader allows: to whom, and whether it may be personal.
 *
 * The page's consent platform is listened to from the start and heard out for ever, so that a
 * later answer holds for the slots that come after it. Nothing here asks or stores anything
 * for a vendor. Global Privacy Control makes everything impersonal, whatever a platform says.
 *
 * Sources: IAB TCF v2.2, "CMP API" and "Policies" (publisher restrictions); IAB GPP, "CMP API
 * Spec" and the US sections; Global Privacy Control (W3C).
 */

import type { ConsentPolicy, Demand, LoaderConfig, Privacy, Requirement } from "./config.ts";
import { VISITOR_KEY, mayRemember, visitorId } from "./identity.ts";
import { whenIdle } from "./idle.ts";
import { hideFromServer, tellServer } from "./visitor.ts";

type Answers = Readonly<{ [id: number]: boolean }>;

interface TcData {
  tcString?: string;
  eventStatus: string;
  gdprApplies?: boolean;
  purpose: { consents: Answers; legitimateInterests?: Answers };
  vendor?: { consents: Answers; legitimateInterests: Answers };
  publisher?: { restrictions?: { [purpose: number]: { [vendor: number]: number } } };
}

interface GppData {
  gppString: string;
  signalStatus: string;
  applicableSections: readonly number[];
  parsedSections: { [section: string]: unknown };
}

declare global {
  interface Window {
    __tcfapi?: (
      command: "addEventListener",
      version: 2,
      callback: (tcData: TcData, ok: boolean) => void,
    ) => void;
    __gpp?: (
      command: "addEventListener",
      callback: (event: { pingData?: GppData }, ok: boolean) => void,
    ) => void;
  }
}

/** What a vendor may do with a request, and the strings that tell it so. */
export interface Grant {
  isAllowed: boolean;
  isPersonal: boolean;
  /** Whether the reader's law asks for consent; null where no platform said. */
  isGdpr: boolean | null;
  tcf: string;
  gpp: string;
  isGpc: boolean;
}

const STORAGE_PURPOSE = 1;
/** Profiles made and used. */
const PERSONAL_PURPOSES = [3, 4];
/** For these a vendor's legitimate interest is enough. */
const LEGITIMATE = [2, 7, 8, 9, 10, 11];
const OPT_OUTS = ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"];
const TCF_SECTION = 2;

function forget(): void {
  hideFromServer();
  try {
    localStorage.removeItem(VISITOR_KEY);
  } catch {
    // storage is forbidden, so there is nothing to forget
  }
}

/** Listens to the platform, and calls `changed` whenever it has an answer of the reader's. */
function listen(changed: { tc(data: TcData): void; gpp(data: GppData): void }): void {
  let hasTcf = false;
  let hasGpp = false;
  const look = (): void => {
    if (!hasTcf && window.__tcfapi) {
      hasTcf = true;
      window.__tcfapi("addEventListener", 2, (data, ok) => {
        // "cmpuishown" reports the state before the reader has answered
        if (ok && data.eventStatus !== "cmpuishown") changed.tc(data);
      });
    }
    if (!hasGpp && window.__gpp) {
      hasGpp = true;
      window.__gpp("addEventListener", ({ pingData }, ok) => {
        if (ok && pingData?.signalStatus === "ready") changed.gpp(pingData);
      });
    }
  };
  look();
  // A platform's stub is there from the start; one that is not gets a second chance.
  if (document.readyState !== "complete") addEventListener("load", look);
}

function isAllowedByTcf(tc: TcData, { vendors, purposes }: Demand): boolean {
  const { purpose, vendor, publisher } = tc;
  const interests = purpose.legitimateInterests ?? {};
  return vendors
    .concat(vendors.length ? [] : [0]) // purposes alone: the site's own
    .every((id) =>
      purposes.concat(purposes.length ? [] : [0]).every((number) => {
        const rule = publisher?.restrictions?.[number]?.[id];
        if (rule === 0) return false;
        const consents =
          (!number || !!purpose.consents[number]) && (!id || !!vendor?.consents[id]);
        if (consents && rule !== 2) return true;
        return (
          rule !== 1 &&
          LEGITIMATE.includes(number) &&
          !!interests[number] &&
          (!id || !!vendor?.legitimateInterests[id])
        );
      }),
    );
}

/** Whether some section that applies says that nothing may be sold or shared. */
function isOptedOut(gpp: GppData): boolean {
  return Object.values(gpp.parsedSections).some((section) =>
    // A section is one record, or a list of its segments.
    ([] as unknown[]).concat(section).some((part) => {
      const fields = part as { [field: string]: unknown };
      return fields["Gpc"] === true || OPT_OUTS.some((name) => fields[name] === 1);
    }),
  );
}

export interface Consent {
  /** Whether who needs this may be asked by now, and how. */
  ask(need: Demand): Promise<Grant>;
}

/**
 * Keeps the visitor id in step with what the reader allows, for the next page view, and
 * answers for the demand adapters.
 *
 * "assumed" needs no answer: the id is made when the page view is drawn. Under "tcf" it is
 * made after consent to purpose 1 (storage on the device), and taken away when that is
 * withdrawn.
 */
export function watchConsent(
  policy: ConsentPolicy,
  privacy?: Privacy,
  exp?: LoaderConfig["exp"],
): Consent {
  let tc: TcData | undefined;
  let gpp: GppData | undefined;
  let answered: (value?: unknown) => void;
  const answer = new Promise((resolve) => (answered = resolve));

  if (!mayRemember(policy)) whenIdle(forget);
  if (privacy || policy === "tcf") {
    listen({
      tc(data) {
        tc = data;
        answered();
        if (policy !== "tcf" || !mayRemember(policy)) return;
        if (!data.purpose?.consents?.[STORAGE_PURPOSE]) forget();
        else if (exp?.cookie) tellServer();
        else visitorId(true);
      },
      gpp(data) {
        gpp = data;
        // Where the GPP only carries Europe's string, that is what has to be heard.
        if (!(window.__tcfapi && data.applicableSections.includes(TCF_SECTION))) answered();
      },
    });
  }

  let isGpc = !!navigator.globalPrivacyControl;
  let limit: Promise<unknown> | undefined;
  let local: Promise<Requirement> | undefined;

  /** What holds where the reader is; asked of the site itself, and only where that matters. */
  const requirement = async ({ require, regions }: Privacy): Promise<Requirement> => {
    if (!regions) return require;
    try {
      const found = (await (await fetch("/_adweave/reader")).json()) as {
        country?: string;
        gpc?: boolean;
      };
      isGpc ||= !!found.gpc;
      return regions.find(([countries]) => countries.includes(found.country!))?.[1] ?? require;
    } catch {
      return require; // not to be known: the rule for everybody
    }
  };

  return {
    async ask(need) {
      const grant = (isPersonal: boolean, isAllowed = true): Grant => ({
        isAllowed,
        isPersonal: isPersonal && !isGpc,
        isGdpr: tc ? !!tc.gdprApplies : null,
        tcf: tc?.tcString ?? "",
        gpp: gpp?.gppString ?? "",
        isGpc,
      });
      if (!privacy || !(need.vendors.length || need.purposes.length)) return grant(false);
      const require = await (local ??= requirement(privacy));
      if (require === "none" || require === "gpc") return grant(true);
      await Promise.race([
        answer,
        (limit ??= new Promise((resolve) => setTimeout(resolve, privacy.wait))),
      ]);
      const isEuropean = require === "tcf" || (tc && require === "auto");
      if (isEuropean) {
        if (!tc) return grant(false, false);
        if (tc.gdprApplies === false) return grant(!(gpp && isOptedOut(gpp)));
        if (!isAllowedByTcf(tc, need)) return grant(false, false);
        return grant(PERSONAL_PURPOSES.every((number) => tc!.purpose.consents[number]));
      }
      // No word of the platform's own on what Europe's string says: then it says no.
      if (!gpp || gpp.applicableSections.includes(TCF_SECTION)) return grant(false, false);
      return grant(!isOptedOut(gpp));
    },
  };
}

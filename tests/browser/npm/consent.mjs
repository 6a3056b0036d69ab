/**
 * A consent platform for tests: speaks the TCF's API with real consent strings.
 *
 * `consent({purposes, vendors, interests, applies})` is the reader's answer: it encodes a TC
 * string with the IAB's own library, and tells all listeners what that string decodes to.
 */
import { TCModel, TCString, GVL } from "@iabtcf/core";

const numbers = (upTo) => Array.from({ length: upTo }, (_, index) => index + 1);
const named = (list) => Object.fromEntries(list.map((id) => [id, { id, name: `vendor ${id}` }]));

// A vendor list in the form of the IAB's, with vendors that ask for everything.
const list = {
  gvlSpecificationVersion: 3,
  vendorListVersion: 48,
  tcfPolicyVersion: 5,
  lastUpdated: "2026-01-08T16:00:00Z",
  purposes: named(numbers(11)),
  specialPurposes: named(numbers(2)),
  features: named(numbers(3)),
  specialFeatures: named(numbers(2)),
  stacks: {},
  dataCategories: {},
  vendors: Object.fromEntries(
    [52, 755, 812].map((id) => [
      id,
      {
        id,
        name: `vendor ${id}`,
        purposes: numbers(11),
        legIntPurposes: [2, 7, 8, 9, 10],
        flexiblePurposes: [2, 7, 8, 9, 10],
        specialPurposes: [],
        features: [],
        specialFeatures: [],
        urls: [],
      },
    ]),
  ),
};

export function encoded({ purposes = [], vendors = [], interests = [] }) {
  const model = new TCModel(new GVL(list));
  model.cmpId = 31;
  model.cmpVersion = 1;
  model.consentScreen = 1;
  model.publisherCountryCode = "DE";
  model.isServiceSpecific = true;
  model.purposeConsents.set(purposes);
  model.vendorConsents.set(vendors);
  model.purposeLegitimateInterests.set(interests);
  model.vendorLegitimateInterests.set(vendors);
  return TCString.encode(model);
}

const listeners = [];
let state = null;

function told(listenerId) {
  return { ...state, listenerId };
}

function flags(vector) {
  return Object.fromEntries([...vector].filter(([, is]) => is));
}

/** The reader's answer. */
export function consent(answer) {
  const tcString = encoded(answer);
  const model = TCString.decode(tcString);
  state = {
    tcString,
    tcfPolicyVersion: model.policyVersion,
    cmpId: model.cmpId,
    gdprApplies: answer.applies ?? true,
    eventStatus: answer.status ?? "useractioncomplete",
    cmpStatus: "loaded",
    isServiceSpecific: true,
    purpose: {
      consents: flags(model.purposeConsents),
      legitimateInterests: flags(model.purposeLegitimateInterests),
    },
    vendor: {
      consents: flags(model.vendorConsents),
      legitimateInterests: flags(model.vendorLegitimateInterests),
    },
    publisher: {
      consents: {}, legitimateInterests: {}, customPurpose: { consents: {}, legitimateInterests: {} },
      restrictions: answer.restrictions ?? {},
    },
  };
  listeners.forEach((heard, id) => heard(told(id), true));
}

export function asked() {
  return listeners.length;
}

window.__tcfapi = (command, version, heard, parameter) => {
  if (command === "ping") {
    return heard({ gdprApplies: true, cmpLoaded: true, cmpStatus: "loaded", apiVersion: "2.2" }, true);
  }
  if (command === "addEventListener") {
    listeners.push(heard);
    return heard(state ? told(listeners.length - 1) : {
      eventStatus: "cmpuishown", gdprApplies: true, cmpStatus: "loaded", tcString: "",
      listenerId: listeners.length - 1,
      purpose: { consents: {}, legitimateInterests: {} },
      vendor: { consents: {}, legitimateInterests: {} },
    }, true);
  }
  if (command === "removeEventListener") {
    listeners[parameter] = () => {};
    return heard(true);
  }
  if (command === "getTCData") return heard(told(null), !!state);
  heard(null, false);
};

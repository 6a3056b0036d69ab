/*
 * A Google Publisher Tag for tests: the part of googletag's documented contract that a page
 * sees, with an ad server on the page's own address behind it.
 *
 * Written from the reference ("Google Publisher Tag Reference"), as strict as that: what is
 * called in the wrong order or with the wrong values has the documented effect, and is noted
 * in googletag.faults. Ads come from /ads/gampad as JSON: {size: [w, h] | null, html, after}.
 */
(() => {
  const queued = (window.googletag && window.googletag.cmd) || [];
  const tag = (window.googletag = window.googletag || {});
  const faults = (tag.faults = []);
  const requests = (tag.requests = []);
  const listeners = {};
  const slots = new Map();
  const page = {};
  let enabled = false;
  let single = false;
  let loaded = true;

  // As Google's tags do where a page guards its sinks.
  const trusted = window.trustedTypes
    ? trustedTypes.createPolicy("goog#html", { createHTML: (html) => html })
    : { createHTML: (html) => html };

  const emit = (type, event) => (listeners[type] || []).forEach((heard) => heard(event));
  const texts = (value) => {
    const list = Array.isArray(value) ? value : [value];
    if (!list.every((text) => typeof text === "string")) faults.push("targeting is not text");
    return list;
  };
  const isSize = (size) =>
    size === "fluid" || (Array.isArray(size) && size.length === 2 && size.every(Number.isInteger));

  class Slot {
    constructor(unit, sizes, id) {
      Object.assign(this, { unit, sizes, id, targeting: {}, mapping: null, services: [] });
      this.config = {};
    }
    addService(service) { this.services.push(service); return this; }
    defineSizeMapping(mapping) {
      if (!Array.isArray(mapping)) faults.push("size mapping was not built");
      this.mapping = mapping;
      return this;
    }
    setTargeting(key, value) { this.targeting[key] = texts(value); return this; }
    updateTargetingFromMap(map) {
      for (const [key, value] of Object.entries(map)) {
        if (value === null) delete this.targeting[key];
        else this.targeting[key] = texts(value);
      }
      return this;
    }
    getTargetingKeys() { return Object.keys(this.targeting); }
    setCollapseEmptyDiv(collapse) { this.config.collapse = collapse; return this; }
    setForceSafeFrame(force) { this.config.safe = force; return this; }
    setSafeFrameConfig(config) { this.config.frame = config; return this; }
    getSlotElementId() { return this.id; }
    getAdUnitPath() { return this.unit; }
    getTargeting(key) { return this.targeting[key] || []; }
  }

  class PubAdsService {
    addEventListener(type, heard) { (listeners[type] = listeners[type] || []).push(heard); return this; }
    setTargeting(key, value) { page[key] = texts(value); return this; }
    enableSingleRequest() { single = true; return !enabled; }
    enableLazyLoad() { faults.push("lazy load was left to the tag"); }
    setPrivacySettings(settings) { tag.privacy = settings; return this; }
    disableInitialLoad() { loaded = false; }
    refresh(some) { (some || [...slots.values()]).forEach(fetchAd); }
    getSlots() { return [...slots.values()]; }
  }
  const service = new PubAdsService();

  function sizesNow(slot) {
    if (!slot.mapping) return slot.sizes;
    const fitting = slot.mapping
      .filter(([[width, height]]) => innerWidth >= width && innerHeight >= height)
      .sort(([a], [b]) => b[0] * b[1] - a[0] * a[1] || b[0] - a[0]);
    return fitting.length ? fitting[0][1] : [];
  }

  async function fetchAd(slot) {
    const sizes = sizesNow(slot);
    const asked = {
      iu: slot.unit, sz: sizes.map((size) => size.join("x")).join("|"), targeting: slot.targeting,
      page, privacy: tag.privacy, single, config: slot.config,
    };
    requests.push(asked);
    emit("slotRequested", { slot });
    const response = await fetch("/ads/gampad", { method: "POST", body: JSON.stringify(asked) });
    const ad = await response.json();
    if (slots.get(slot.id) !== slot) return;
    emit("slotResponseReceived", { slot });
    const div = document.getElementById(slot.id);
    if (!div) return faults.push("the div is gone: " + slot.id);
    div.textContent = "";
    if (!ad.size) {
      if (slot.config.collapse) div.style.display = "none";
      return emit("slotRenderEnded", { slot, isEmpty: true, size: null });
    }
    const holder = document.createElement("div");
    holder.id = `google_ads_iframe_${slot.unit}_0__container__`;
    const frame = document.createElement("iframe");
    frame.width = ad.size[0];
    frame.height = ad.size[1];
    frame.style.border = "0";
    frame.style.verticalAlign = "bottom"; // as the real one's: no room for the line's descenders
    frame.title = "3rd party ad content";
    if (slot.config.safe) {
      const free = slot.config.frame && slot.config.frame.sandbox ? "" : " allow-top-navigation";
      frame.setAttribute("sandbox", "allow-forms allow-popups allow-popups-to-escape-sandbox allow-scripts" + free);
    }
    frame.addEventListener("load", () => {
      emit("slotOnload", { slot });
      let timer = 0;
      new IntersectionObserver(([entry], observer) => {
        clearTimeout(timer);
        if (entry.intersectionRatio < 0.5) return;
        timer = setTimeout(() => { observer.disconnect(); emit("impressionViewable", { slot }); }, 1000);
      }, { threshold: 0.5 }).observe(frame);
    }, { once: true });
    frame.srcdoc = trusted.createHTML(ad.html);
    holder.append(frame);
    div.append(holder);
    emit("slotRenderEnded", { slot, isEmpty: false, size: ad.size });
  }

  Object.assign(tag, {
    apiReady: true,
    pubadsReady: false,
    pubads: () => service,
    sizeMapping() {
      const pairs = [];
      return {
        addSize(viewport, sizes) {
          if (!isSize(viewport) || !sizes.every(isSize)) faults.push("a size is none");
          pairs.push([viewport, sizes]);
          return this;
        },
        build: () => (pairs.length ? pairs : null),
      };
    },
    defineSlot(unit, sizes, id) {
      if (!/^\/\d+(,\d+)?\/.+/.test(unit)) faults.push("no ad unit path: " + unit);
      if (!sizes.every(isSize)) faults.push("a size is none");
      if (slots.has(id)) { faults.push("the div has a slot: " + id); return null; }
      const slot = new Slot(unit, sizes, id);
      slots.set(id, slot);
      return slot;
    },
    enableServices() { enabled = true; tag.pubadsReady = true; },
    display(id) {
      const slot = slots.get(id);
      if (!slot) return faults.push("no slot for " + id);
      if (!document.getElementById(id)) return faults.push("no div for " + id);
      if (!enabled) return faults.push("displayed before services were enabled");
      if (!slot.services.includes(service)) return faults.push("the slot has no service");
      if (loaded) fetchAd(slot);
    },
    destroySlots(some) {
      some.forEach((slot) => {
        slots.delete(slot.id);
        const div = document.getElementById(slot.id);
        if (div) div.textContent = "";
      });
      tag.destroyed = (tag.destroyed || 0) + some.length;
      return true;
    },
  });
  tag.cmd = {
    push(...commands) {
      for (const command of commands) {
        try { command(); } catch (error) { faults.push(String(error)); }
      }
      return commands.length;
    },
  };
  tag.cmd.push(...queued);
})();

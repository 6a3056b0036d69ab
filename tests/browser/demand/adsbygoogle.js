/*
 * AdSense's script for tests, by its documented contract: each push takes the next
 * `ins.adsbygoogle` without `data-adsbygoogle-status`, asks for an ad, and tells the outcome in
 * `data-ad-status`. What real pages get as an error on the console is noted in
 * adsbygoogle.faults. Ads come from /ads/adsense as JSON: {html: "..." | null}.
 */
(() => {
  const queued = window.adsbygoogle || [];
  const faults = [];
  const requests = [];
  const client = new URL(document.currentScript.src).searchParams.get("client");

  async function serve() {
    const unit = document.querySelector("ins.adsbygoogle:not([data-adsbygoogle-status])");
    if (!unit) return faults.push("All 'ins' elements in the DOM with class=adsbygoogle already have ads in them.");
    const { width, height } = unit.getBoundingClientRect();
    if (!width) return faults.push("No slot size for availableWidth=0");
    if (unit.dataset.adClient !== client) faults.push("the unit's client is not the script's");
    unit.dataset.adsbygoogleStatus = "done";
    const asked = {
      client: unit.dataset.adClient, slot: unit.dataset.adSlot, width, height,
      test: unit.dataset.adtest, npa: window.adsbygoogle.requestNonPersonalizedAds,
    };
    requests.push(asked);
    const answer = await fetch("/ads/adsense", { method: "POST", body: JSON.stringify(asked) });
    const ad = await answer.json();
    if (ad.html) {
      const frame = document.createElement("iframe");
      Object.assign(frame, { width, height, title: "Advertisement", srcdoc: ad.html });
      frame.style.border = "0";
      unit.append(frame);
    }
    unit.dataset.adStatus = ad.html ? "filled" : "unfilled";
  }

  window.adsbygoogle = Object.assign(Object.create(null), queued, {
    loaded: true, faults, requests, push: () => void serve(),
  });
  Array.from(queued).forEach(serve);
})();

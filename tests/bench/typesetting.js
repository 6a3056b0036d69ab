// Runs in a page that was parsed with its own markup, no script of its own and no network:
// takes the site's style away, puts ours in, gives media the room that they would take once
// loaded, and says where each probe comment `<!--gap N-->` lies.
// Takes {sheet, pool: [[width, height], ...], videos: "host|host"}; gives {tops, opaque}.
async ({ sheet, pool, videos }) => {
  const video = new RegExp(videos, "i");
  const number = (value) => (/^\s*\d+(\.\d+)?\s*(px)?\s*$/.test(value ?? "") ? parseFloat(value) : 0);
  const drawn = (text) => {
    let hash = 2166136261;
    for (const unit of text) hash = Math.imul(hash ^ unit.charCodeAt(0), 16777619) >>> 0;
    return pool[hash % pool.length];
  };

  // The site's style goes, but for what says that something is hidden or how large it is.
  document.querySelectorAll("style, link, base").forEach((one) => one.remove());
  const media = "img, iframe, video, audio, embed, object, canvas, svg";
  for (const one of document.querySelectorAll("[style]")) {
    const { style } = one;
    const kept = {};
    if (style.display === "none") kept.display = "none";
    if (one.matches(media)) {
      for (const key of ["width", "height", "aspectRatio"]) if (style[key]) kept[key] = style[key];
    }
    const ratio = [style.paddingBottom, style.paddingTop].find((v) => /^[1-9][\d.]*%$/.test(v));
    if (ratio && parseFloat(ratio) > 10 && one.querySelector(media)) {
      kept.paddingBottom = ratio;
      kept.display = "block";
      one.dataset.adweaveRatio = "";
    }
    one.removeAttribute("style");
    Object.assign(one.style, kept);
  }
  for (const one of document.querySelectorAll(
    "[bgcolor], [align], font, table[width], td[width], td[height], table[height]"
  )) {
    for (const name of ["bgcolor", "align", "size", "face"]) one.removeAttribute(name);
    if (!one.matches(media)) for (const name of ["width", "height"]) one.removeAttribute(name);
  }

  // AMP's own elements become what its script makes of them.
  for (const [amp, plain] of [["amp-img", "img"], ["amp-iframe", "iframe"], ["amp-video", "video"]]) {
    for (const one of document.querySelectorAll(amp)) {
      const made = document.createElement(plain);
      for (const { name, value } of one.attributes) made.setAttribute(name, value);
      one.replaceWith(made);
    }
  }

  // Pictures load: with the size that their markup gives, else one drawn from the pool.
  const loading = [];
  document.querySelectorAll("picture source").forEach((one) => one.remove());
  for (const image of document.querySelectorAll("img")) {
    const given = (name) => number(image.getAttribute(name));
    const address = ["src", "data-src", "data-original", "data-lazy-src", "srcset", "data-srcset"]
      .map((name) => image.getAttribute(name) ?? "").join(" ");
    let size = [given("width"), given("height")];
    for (const prefix of ["data-", "data-original-"]) {
      if (!(size[0] && size[1])) size = [given(`${prefix}width`), given(`${prefix}height`)];
    }
    if (!(size[0] && size[1])) {
      const named = /[-_/](\d{2,4})x(\d{2,4})[-_./]/.exec(address);
      size = named ? [Number(named[1]), Number(named[2])] : drawn(address);
    }
    for (const name of ["srcset", "sizes", "loading", "hidden"]) image.removeAttribute(name);
    for (const name of ["width", "height"]) {
      if (!given(name)) image.removeAttribute(name);
    }
    image.src = `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='${size[0]}' height='${size[1]}'/>`;
    loading.push(image.decode().catch(() => null));
  }
  // Players follow the column with the ratio that they declare.
  for (const frame of document.querySelectorAll("iframe, embed, object, video")) {
    const [wide, high] = ["width", "height"].map((name) => number(frame.getAttribute(name)));
    if (wide && high) {
      frame.style.aspectRatio = `${wide} / ${high}`;
      frame.style.height = "auto";
    } else if (frame.matches("video") || video.test(frame.src ?? "")) {
      Object.assign(frame.style, { width: "100%", height: "auto", aspectRatio: "16 / 9" });
    }
  }
  const own = document.createElement("style");
  own.textContent = sheet;
  document.documentElement.append(own);

  // Probes: an empty block, or an empty inline between a line and the break that ends it.
  const found = [];
  const comments = document.createNodeIterator(document, NodeFilter.SHOW_COMMENT);
  for (let node = comments.nextNode(); node; node = comments.nextNode()) {
    if (/^gap \d+$/.test(node.data)) found.push(node);
  }
  const isBlank = (node) =>
    node.nodeType === Node.COMMENT_NODE ||
    (node.nodeType === Node.TEXT_NODE && !node.data.trim()) ||
    (node.nodeType === Node.ELEMENT_NODE && node.tagName !== "BR" && !node.matches("img, iframe") &&
      getComputedStyle(node).display === "none");
  const beside = (node, way) => {
    let next = node[way];
    while (next && (isBlank(next) || next.dataset?.probe !== undefined)) next = next[way];
    return next;
  };
  const isInline = (node) =>
    node !== null &&
    (node.nodeType === Node.TEXT_NODE || getComputedStyle(node).display.startsWith("inline") ||
      node.tagName === "BR");
  const probes = found.map((comment) => {
    const [before, after] = [beside(comment, "previousSibling"), beside(comment, "nextSibling")];
    // A block would make a line of its own of the break behind it.
    const inline = after?.tagName === "BR" && isInline(before);
    const probe = document.createElement(inline ? "ad-probe-inline" : "ad-probe");
    probe.dataset.probe = comment.data.slice(4);
    // Behind text the gap is the line's lower edge, behind a break its upper edge.
    probe.dataset.edge = inline ? (before.tagName === "BR" ? "-1" : "1") : "0";
    return [comment, probe];
  });
  for (const [comment, probe] of probes) comment.replaceWith(probe);
  await Promise.all(loading);
  await new Promise((done) => requestAnimationFrame(() => done()));
  const tops = {};
  for (const [, probe] of probes) {
    const boxes = probe.getClientRects();
    if (!boxes.length) continue;
    const box = boxes[0];
    const line = parseFloat(getComputedStyle(probe).lineHeight);
    const edge = Number(probe.dataset.edge);
    tops[probe.dataset.probe] =
      scrollY + (edge === 0 ? box.top : (box.top + box.bottom) / 2 + (edge * line) / 2);
  }
  return tops;
}

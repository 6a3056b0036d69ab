/**
 * Runs in the frame that shows a winner of Prebid's: asks the page for the creative and shows
 * what it gets, by Prebid's messages for creatives of other origins.
 *
 * The frame's address ends in the bid's id. It has an origin of its own, so nothing in it
 * reaches the page. The renderer that comes with the answer is Prebid's.
 */

interface Answer {
  message?: string;
  adId?: string;
  renderer?: string;
}

declare global {
  interface Window {
    render?: (answer: Answer, tools: object, target: Window) => unknown;
  }
}

const adId = decodeURIComponent(location.hash.slice(1));
const site = new URL(location.href).origin;

function send(message: string, content: object = {}, heard?: (event: MessageEvent) => void): void {
  const { port1, port2 } = new MessageChannel();
  if (heard) port1.onmessage = heard;
  parent.postMessage(JSON.stringify({ message, adId, ...content }), site, [port2]);
}

function failed(error: unknown): void {
  const info = { reason: "exception", message: String(error) };
  send("Prebid Event", { event: "adRenderFailed", info });
}

function makeFrame(owner: Document, attributes: { [name: string]: string }): HTMLIFrameElement {
  const frame = owner.createElement("iframe");
  for (const [name, value] of Object.entries({ ...attributes, scrolling: "no", frameborder: "0" })) {
    frame.setAttribute(name, value);
  }
  return frame;
}

send("Prebid Request", {}, ({ data }) => {
  const answer = JSON.parse(data as string) as Answer;
  if (answer.message !== "Prebid Response" || answer.adId !== adId) return;
  // Frames without an origin can't reach into each other, so the renderer runs in this one.
  const script = document.createElement("script");
  script.textContent = answer.renderer!;
  document.head.append(script);
  const tools = { sendMessage: send, mkFrame: makeFrame };
  Promise.resolve()
    .then(() => window.render!(answer, tools, window))
    .then(() => send("Prebid Event", { event: "adRenderSucceeded" }), failed);
});

export {};

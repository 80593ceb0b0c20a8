// Asks this browser to show notices, and tells the server where it hears. Browsers offer that to scripts
// only; whoever has none is told by mail and text message as before.
"use strict";

(() => {
  const form = document.querySelector("form[data-push]");
  if (!form) return;
  const button = form.querySelector("button[type=submit]");
  const box = form.querySelector("[data-push-message]");
  const say = (words) => {
    box.querySelector("[data-message]").textContent = words;
    box.hidden = false;
  };

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    say(form.dataset.unsupported);
    button.disabled = true;
    return;
  }

  // The page's policy lets no text become the address of a script, but for this one.
  const address = (path) => {
    if (!window.trustedTypes) return path;
    const policy = trustedTypes.createPolicy("push", {
      createScriptURL: (url) => {
        if (url !== form.dataset.worker) throw new TypeError("another script");
        return url;
      },
    });
    return policy.createScriptURL(path);
  };

  async function subscribe() {
    const worker = await navigator.serviceWorker.register(
      address(form.dataset.worker), { scope: location.pathname });
    await navigator.serviceWorker.ready;
    // One that was made for another key of the company's hears nothing.
    const before = await worker.pushManager.getSubscription();
    if (before) await before.unsubscribe();
    return worker.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: toBytes(form.dataset.push),
    });
  }

  let isAsking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    box.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      if (await Notification.requestPermission() !== "granted") {
        say(form.dataset.denied);
        return;
      }
      const made = await subscribe();
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = toText(made.getKey("p256dh"));
      form.elements.auth.value = toText(made.getKey("auth"));
      form.submit();
    } catch {
      say(form.dataset.failed);
    } finally {
      isAsking = false;
      button.removeAttribute("aria-busy");
    }
  });
})();

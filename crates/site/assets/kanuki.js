// What pages do where scripts run. Every page works without this file, except passkeys, which
// browsers offer to scripts only.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, each) => document.querySelectorAll(selector).forEach(each);

  // ---- Passkeys -------------------------------------------------------------------------------

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (list) => (list || []).map((item) => ({ ...item, id: toBytes(item.id) }));

  // Older browsers have passkeys but not the JSON helpers of WebAuthn Level 3.
  function creationOptions(json) {
    if (PublicKeyCredential.parseCreationOptionsFromJSON) {
      return PublicKeyCredential.parseCreationOptionsFromJSON(json);
    }
    return {
      ...json,
      challenge: toBytes(json.challenge),
      user: { ...json.user, id: toBytes(json.user.id) },
      excludeCredentials: withBytes(json.excludeCredentials),
    };
  }

  function requestOptions(json) {
    if (PublicKeyCredential.parseRequestOptionsFromJSON) {
      return PublicKeyCredential.parseRequestOptionsFromJSON(json);
    }
    return {
      ...json,
      challenge: toBytes(json.challenge),
      allowCredentials: withBytes(json.allowCredentials),
    };
  }

  function credentialJson(credential) {
    if (credential.toJSON) return JSON.stringify(credential.toJSON());
    const given = credential.response;
    const response = { clientDataJSON: toText(given.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (given[part]) response[part] = toText(given[part]);
    }
    if (given.getTransports) response.transports = given.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  }

  async function askPasskey(form) {
    const parsed = JSON.parse(form.dataset.options);
    const json = parsed.publicKey || parsed;
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: creationOptions(json) })
      : await navigator.credentials.get({ publicKey: requestOptions(json) });
    return credentialJson(credential);
  }

  function say(form, message) {
    const box = form.querySelector(".passkey-message");
    box.querySelector("[data-message]").textContent = message;
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
  }

  function why(form, error) {
    if (error && error.name === "InvalidStateError") return form.dataset.exists;
    if (error && (error.name === "NotAllowedError" || error.name === "AbortError")) {
      return form.dataset.cancelled;
    }
    return form.dataset.failed;
  }

  all("form[data-passkey]", (form) => {
    if (!window.PublicKeyCredential || !navigator.credentials) {
      say(form, form.dataset.unsupported);
      form.querySelector("button[type=submit]").disabled = true;
      return;
    }
    let isAsking = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isAsking) return;
      isAsking = true;
      const box = form.querySelector(".passkey-message");
      box.hidden = true;
      busy(form, true);
      try {
        form.elements.credential.value = await askPasskey(form);
        keepSubmitter(form, event.submitter);
        form.submit();
      } catch (error) {
        busy(form, false);
        isAsking = false;
        say(form, why(form, error));
      }
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) isAsking = false;
    });
  });

  // `form.submit()` does not say which button was pressed.
  function keepSubmitter(form, submitter) {
    if (!submitter || !submitter.name) return;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = submitter.name;
    field.value = submitter.value;
    form.append(field);
  }

  // ---- Forms ----------------------------------------------------------------------------------

  function busy(form, is) {
    form.querySelectorAll("button[type=submit]").forEach((button) => {
      if (is) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    });
  }

  // A second tap on a slow line must not be a second order. The server would refuse it too.
  all("form[method=post]:not([data-passkey], [data-check], [data-push])", (form) => {
    let isSent = false;
    form.addEventListener("submit", (event) => {
      if (isSent) event.preventDefault();
      isSent = true;
      busy(form, true);
    });
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      isSent = false;
      busy(form, false);
    });
  });

  all("[data-amount]", (button) => {
    button.addEventListener("click", () => {
      const field = document.getElementById(button.dataset.for);
      field.value = Number(button.dataset.amount).toLocaleString("en-US");
      field.focus();
    });
  });

  all(".amount-box input", (field) => {
    field.addEventListener("blur", () => {
      const plain = field.value.normalize("NFKC").replace(/[,¥円\s]/g, "");
      if (/^[0-9]{1,11}$/.test(plain)) field.value = Number(plain).toLocaleString("en-US");
    });
  });

  all("[data-copy]", (button) => {
    const label = button.querySelector("span");
    const before = label.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        label.textContent = button.dataset.done;
        setTimeout(() => { label.textContent = before; }, 2500);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(button.parentElement.querySelector("code"));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
      }
    });
  });

  all("[data-print]", (button) => button.addEventListener("click", () => window.print()));

  // ---- QR codes -------------------------------------------------------------------------------

  const FRAME_MS = 400;
  const FRAME_WIDTH_MAX = 640;

  async function makeReader(form) {
    if ("BarcodeDetector" in window) {
      try {
        const kinds = await BarcodeDetector.getSupportedFormats();
        if (kinds.includes("qr_code")) {
          const detector = new BarcodeDetector({ formats: ["qr_code"] });
          return async (video) => {
            const found = await detector.detect(video);
            return found.length ? found[0].rawValue : null;
          };
        }
      } catch { /* Announced but not working: let the server read it. */ }
    }
    const canvas = document.createElement("canvas");
    return async (video) => {
      const scale = Math.min(1, FRAME_WIDTH_MAX / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
      if (!blob) return null;
      const body = new FormData();
      body.append("file", blob, "frame.jpg");
      const answer = await fetch(form.dataset.decodeUrl, {
        method: "POST", body, headers: { "x-csrf-token": form.dataset.csrf },
      });
      if (!answer.ok) throw new Error("refused");
      return (await answer.json()).text || null;
    };
  }

  async function scan(form, start) {
    const view = form.querySelector("[data-qr-view]");
    const video = view.querySelector("video");
    const status = form.querySelector("[data-qr-status]");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 } },
      });
    } catch {
      status.textContent = form.dataset.denied;
      return;
    }
    const stop = () => {
      stream.getTracks().forEach((track) => track.stop());
      video.srcObject = null;
      view.hidden = true;
      start.hidden = false;
    };
    window.addEventListener("pagehide", stop, { once: true });
    video.srcObject = stream;
    view.hidden = false;
    start.hidden = true;
    status.textContent = form.dataset.searching;
    try {
      await video.play();
      const read = await makeReader(form);
      while (video.srcObject) {
        const text = video.videoWidth ? await read(video) : null;
        if (text) {
          form.querySelector("[data-qr-text]").value = text;
          stop();
          form.submit();
          return;
        }
        await new Promise((later) => setTimeout(later, FRAME_MS));
      }
    } catch {
      stop();
      status.textContent = form.dataset.failed;
    }
  }

  all("body[data-refresh]", (body) => {
    setInterval(() => {
      const isBusy = document.hidden || document.activeElement?.closest("form, details[open]");
      if (!isBusy) location.reload();
    }, Number(body.dataset.refresh) * 1000);
  });

  all("form[data-qr]", (form) => {
    const start = form.querySelector("[data-qr-start]");
    if (!navigator.mediaDevices) {
      start.hidden = true;
      form.querySelector("[data-qr-status]").textContent = form.dataset.denied;
      return;
    }
    start.addEventListener("click", () => scan(form, start));
  });
})();

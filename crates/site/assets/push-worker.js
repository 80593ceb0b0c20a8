// Shows a notice that was pushed. It has no address to open: a notice never leads to a page where somebody
// signs in, and a tap only brings forward what is open already.
"use strict";

self.addEventListener("push", (event) => {
  const said = event.data ? event.data.json() : {};
  const shown = self.registration.showNotification(said.title || "", {
    body: said.body, lang: said.lang, tag: said.id, icon: "/favicon.ico",
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const forward = self.clients.matchAll({ type: "window", includeUncontrolled: true })
    .then((open) => open[0]?.focus());
  event.waitUntil(forward);
});

// Says that there is no connection, where a page cannot be had. OFFLINE is that page, KEPT what it needs; both are put before
// this by web/routes/installing.py. Nothing else is kept.
const CACHE = `offline ${KEPT.join(" ")}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(KEPT))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))),
  );
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  } else if (KEPT.includes(new URL(event.request.url).pathname)) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
  }
});

// What people are told while no page is open: a message as notices/push_message.py makes it. The newest about a request takes the
// place of the one before; the same once more, as after a crash, is shown without a sound. ICON is put before this, too.
self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(show(event.data.json()));
});

const show = async ({ id, tag, title, body, lang, url }) => {
  const [earlier] = await self.registration.getNotifications({ tag });
  const renotify = Boolean(earlier) && earlier.data?.id !== id;
  await self.registration.showNotification(title, { body, tag, lang, renotify, icon: ICON, data: { id, url } });
};

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.url, self.location.origin);
  if (address.origin === self.location.origin) event.waitUntil(self.clients.openWindow(address));
});

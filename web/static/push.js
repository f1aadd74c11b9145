// Being told on this device while no page is open, where people choose how they are told.
//   data-push="KEY"            the section; KEY is this system's public key (base64url), with which a browser subscribes
//   data-push-state="STATE"    what is shown in a state: missing, blocked, off, on, failed
//   data-push-on               the button that switches it on: only then the browser asks whether messages may be shown
//   data-endpoint="ADDRESS"    one of the person's devices: where messages to it are posted; in it [data-this-device] is shown on it;
//                              with data-ended it is told nothing any more, and can be switched on again
//   data-push-remove           its button that removes it
(() => {
  const section = document.querySelector("[data-push]");
  if (!section) return;
  const all = (selector, root = section) => [...root.querySelectorAll(selector)];
  const isPossible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  const show = (state) => {
    for (const one of all("[data-push-state]")) one.hidden = one.dataset.pushState !== state;
  };
  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const subscription = async () => (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription();

  const look = async () => {
    if (!isPossible) return show("missing");
    if (Notification.permission === "denied") return show("blocked");
    const current = await subscription();
    const device = current && all("[data-endpoint]").find((one) => one.dataset.endpoint === current.endpoint);
    if (device) device.querySelector("[data-this-device]").hidden = false;
    return show(device && !("ended" in device.dataset) ? "on" : "off");
  };

  // A subscription that is there already is somebody else's, who was told here before, or was made for another key.
  const subscribe = async () => {
    await navigator.serviceWorker.register("/service-worker.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription())?.unsubscribe();
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(section.dataset.push) });
    return made.toJSON();
  };

  for (const button of all("[data-push-on]")) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        if ((await Notification.requestPermission()) !== "granted") {
          await look();
          return;
        }
        const { endpoint, keys } = await subscribe();
        const fields = button.form.elements;
        fields.endpoint.value = endpoint;
        fields.p256dh.value = keys.p256dh;
        fields.auth.value = keys.auth;
        button.form.requestSubmit();
      } catch {
        show("failed");
      } finally {
        button.disabled = false;
      }
    });
  }

  // On the device itself the browser lets go of it first.
  for (const button of all("[data-push-remove]")) {
    button.addEventListener("click", async (event) => {
      if (!isPossible) return;
      event.preventDefault();
      try {
        const current = await subscription();
        if (current?.endpoint === button.closest("[data-endpoint]").dataset.endpoint) await current.unsubscribe();
      } finally {
        button.form.requestSubmit();
      }
    });
  }

  look();
})();

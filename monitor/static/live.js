// Keeps the overview current by server-sent events. The page is whole without this file.
"use strict";

(function () {
  const state = document.getElementById("state");
  const SILENCE_MS = 15000; // the server beats every 5 s; three are missed
  const AGAIN_MS = 2000;
  let last = state.dataset.commit; // what is shown; sent as `from`, because a first connection has no Last-Event-ID
  let stream = null;
  let watchdog = null;

  function connect() {
    stream = new EventSource(`${state.dataset.stream}&from=${encodeURIComponent(last)}`);
    stream.addEventListener("moved", onMoved);
    stream.addEventListener("beat", heard);
    stream.addEventListener("open", heard);
    stream.addEventListener("error", onError);
    heard();
  }

  function heard() {
    clearTimeout(watchdog);
    watchdog = setTimeout(onSilence, SILENCE_MS);
  }

  function onMoved(event) {
    heard();
    last = event.lastEventId || last;
    show(JSON.parse(event.data).panels);
  }

  // EventSource goes on by itself after a broken connection, but not after an answer that is no stream.
  function onError() {
    sayLost();
    if (stream.readyState === EventSource.CLOSED) again();
  }

  function onSilence() {
    sayLost();
    again();
  }

  function again() {
    clearTimeout(watchdog);
    stream.close();
    watchdog = setTimeout(connect, AGAIN_MS);
  }

  function show(panels) {
    const changed = new Set();
    for (const [name, panel] of Object.entries(panels)) {
      const holder = document.querySelector(`[data-panel="${name}"]`);
      if (holder === null || holder.dataset.digest === panel.digest) continue;
      const wanted = document.createElement("template");
      wanted.innerHTML = panel.html;
      morphChildren(holder, wanted.content, changed);
      holder.dataset.digest = panel.digest;
    }
    if (!document.hidden) changed.forEach(tint);
  }

  function tint(element) {
    element.classList.remove("changed");
    void element.getBoundingClientRect(); // begins the animation anew where the element was still tinted
    element.classList.add("changed");
    setTimeout(() => element.classList.remove("changed"), 1000);
  }

  // The page says since when it hears nothing; the next message from the server puts its own state line back.
  function sayLost() {
    const holder = document.querySelector('[data-panel="state"]');
    if (holder.dataset.digest === "lost") return;
    holder.dataset.digest = "lost";
    const at = new Date().toLocaleTimeString("en-GB", { timeZone: state.dataset.zone, hour12: false });
    const word = holder.querySelector(".state-word");
    word.className = "state-word tone-wrong";
    word.querySelector("b").textContent = `${state.dataset.lost} ${state.dataset.lostSince.replace("@", at)}`;
    const said = holder.querySelector(".state-said");
    said.textContent = `${state.dataset.lostWhy} · ${said.dataset.shown}`;
  }

  connect();
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => event.persisted && connect());
})();

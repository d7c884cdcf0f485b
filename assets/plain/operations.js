/* The operators' pages that refresh themselves (dashboard/pages/operations/live.py): ask every five seconds while somebody
   can see the page, count the age of the figures here, and say so when they are old. What is open, and where the focus
   is, stays. Nothing is kept. */
(function () {
  "use strict";
  var EVERY = 5000;
  var LATE = 3 * EVERY;
  var PATIENCE = 2 * EVERY; // a question without an answer holds the next one back for so long
  var fresh = 0; // when the figures came
  var shown = Date.now(); // since when somebody can see the page
  var asked = 0; // when the last question went out
  var waits = false;
  var before = null; // what was open and where the focus was, when the answer came

  function live() {
    return document.getElementById("operations--live");
  }

  function ask() {
    var now = Date.now();
    if (!live() || document.hidden || (waits && now - asked < PATIENCE)) return;
    asked = now;
    waits = true;
    window.dash_clientside.set_props("operations--ask", { value: String(now) });
  }

  function age(seconds, words) {
    if (seconds < 60) return words.seconds.replace("{n}", seconds);
    return words.minutes.replace("{n}", Math.floor(seconds / 60));
  }

  function beat() {
    var place = live();
    var line = document.querySelector("[data-live-age]");
    if (!place || !line) return;
    var now = Date.now();
    fresh = fresh || now;
    line.textContent = age(Math.floor((now - fresh) / 1000), line.dataset);
    tell(place, !document.hidden && now - Math.max(fresh, shown) > LATE);
    if (now - Math.max(fresh, asked) >= EVERY) ask();
  }

  function tell(place, old) {
    var note = document.querySelector("[data-live-old]");
    if (place.hasAttribute("data-old") === old) return;
    place.toggleAttribute("data-old", old);
    var time = new Date(fresh).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    note.querySelector("p").textContent = old ? note.dataset.words.replace("{time}", time) : "";
    note.firstElementChild.hidden = !old;
  }

  /* A part is known by its id, else by where it leads or what it is, and which of those that are alike it is. */
  function name(part) {
    return part.id ? "#" + CSS.escape(part.id) : part.tagName + (part.getAttribute("href") || "");
  }

  function alike(part) {
    if (part.id) return [part];
    var parts = Array.prototype.slice.call(live().querySelectorAll(part.tagName));
    return parts.filter(function (one) { return name(one) === name(part); });
  }

  function mark(part) {
    return { name: name(part), tag: part.tagName, id: part.id, at: alike(part).indexOf(part) };
  }

  function find(known) {
    if (known.id) return document.getElementById(known.id);
    var parts = Array.prototype.slice.call(live().querySelectorAll(known.tag));
    return parts.filter(function (one) { return name(one) === known.name; })[known.at];
  }

  function remember() {
    var at = document.activeElement;
    before = {
      open: Array.prototype.map.call(live().querySelectorAll("details[open]"), mark),
      focus: live().contains(at) && at !== live() ? mark(at) : null,
    };
  }

  function restore() {
    if (!before) return;
    var known = before;
    before = null;
    known.open.map(find).forEach(function (part) { if (part) part.open = true; });
    var at = known.focus && document.activeElement === document.body && find(known.focus);
    if (at) at.focus({ preventScroll: true });
  }

  /* assets/door.js says how each question ended, before the page is drawn with the answer. */
  document.addEventListener("live-answer", function (event) {
    waits = false;
    if (!event.detail.ok || !live()) return;
    fresh = Date.now();
    remember();
    beat();
  });

  document.addEventListener("visibilitychange", function () {
    if (document.hidden) return;
    shown = Date.now();
    ask();
  });

  new MutationObserver(function (changes) {
    var place = live();
    if (place && changes.some(function (change) { return place.contains(change.target); })) restore();
  }).observe(document.getElementById("react-entry-point") || document.body, { childList: true, subtree: true });

  setInterval(beat, 1000);
})();

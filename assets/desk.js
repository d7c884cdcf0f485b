/* The list of today by keys: j and k go down and up, Enter does the act of the row that has the focus. Each row is read
   out. A button turns the keys off (WCAG 2.1.4). Also: copies what a button names. All of it works without this. */
(function () {
  "use strict";
  var OFF = "desk-keys-off";

  function desk() {
    return document.querySelector("[data-desk]");
  }

  function off() {
    return localStorage.getItem(OFF) === "1";
  }

  function go(by) {
    var rows = Array.prototype.slice.call(desk().querySelectorAll("[data-row]"));
    var here = rows.indexOf(document.activeElement.closest("[data-row]"));
    var next = rows[here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1)];
    if (!next) return;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    desk().querySelector("[data-desk-says]").textContent = next.dataset.says;
  }

  function act(row) {
    var acts = row.querySelectorAll("[data-act]");
    if (acts.length === 1) acts[0].click();
    else if (acts.length) acts[0].focus();
  }

  document.addEventListener("keydown", function (event) {
    var at = event.target;
    if (!desk() || off() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (at.closest("input, select, textarea, dialog")) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "Enter" && at.matches("[data-row]")) act(at);
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    var keys = event.target.closest("[data-keys]");
    if (keys) {
      localStorage.setItem(OFF, off() ? "0" : "1");
      keys.setAttribute("aria-pressed", String(!off()));
    }
    var copy = event.target.closest("[data-copy]");
    if (!copy || !navigator.clipboard) return;
    navigator.clipboard.writeText(copy.dataset.copy).then(function () {
      copy.querySelector("span").textContent = copy.dataset.copied;
      document.querySelector("[data-copy-says]").textContent = copy.dataset.copied;
    });
  });
})();

/* Between Dash and our doors: says which page a request is for, sends a signed-out person to sign in and back, and
   says so once when a request fails. It never claims that nothing was done. Also: menus, dialogs, forms pressed once. */
(function () {
  "use strict";
  var ask = window.fetch;
  var token = document.querySelector("meta[name=csrf-token]");

  function isDash(url) {
    return new URL(url, location.href).pathname.indexOf("/_dash-") === 0 && url.indexOf("component-suites") < 0;
  }

  /* A page that refreshes itself says by itself that its figures are old (assets/plain/operations.js). */
  function isLive(options) {
    return typeof options.body === "string" && options.body.indexOf('"output":"operations--live.children"') >= 0;
  }

  function answered(ok) {
    document.dispatchEvent(new CustomEvent("live-answer", { detail: { ok: ok } }));
  }

  function complain() {
    document.getElementById("door-alert").hidden = false;
  }

  function toSignIn(address) {
    var last = Number(sessionStorage.getItem("sent-to-sign-in") || 0);
    if (!address || Date.now() - last < 15000) return complain();
    sessionStorage.setItem("sent-to-sign-in", String(Date.now()));
    location.assign(address);
  }

  window.fetch = function (resource, options) {
    var url = typeof resource === "string" ? resource : resource.url;
    if (!isDash(url)) return ask.apply(this, arguments);
    var sent = Object.assign({}, options);
    sent.headers = new Headers(sent.headers || {});
    sent.headers.set("X-Settle-Page", location.pathname + location.search);
    sent.headers.set("X-CSRFToken", token ? token.content : "");
    var live = isLive(sent);
    return ask.call(this, resource, sent).then(
      function (answer) {
        if (live) answered(answer.status === 200);
        if (answer.status === 401) toSignIn(answer.headers.get("X-Settle-Sign-In"));
        else if (answer.status >= 400 && !live) complain();
        return answer;
      },
      function (error) {
        if (live) answered(false);
        else if (error && error.name !== "AbortError") complain();
        throw error;
      }
    );
  };

  /* A form is sent once: the second press of a double click goes nowhere; the button says what is being done. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    var button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.wait) {
      button.dataset.label = button.textContent;
      button.textContent = button.dataset.wait;
    }
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-disabled]").forEach(function (button) {
        button.removeAttribute("aria-disabled");
        if (button.dataset.label) button.textContent = button.dataset.label;
      });
    });
  });

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    var closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog").close();
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    var menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  /* What arrives by script does not take the focus by itself: an error summary must. */
  new MutationObserver(function () {
    var summary = document.querySelector("#page [autofocus]:not([data-focused])");
    if (!summary) return;
    summary.dataset.focused = "1";
    summary.focus();
  }).observe(document.getElementById("react-entry-point"), { childList: true, subtree: true });
})();

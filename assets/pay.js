/* The pay page: a tick, a typed part or another method asks the server for the exact amount (dashboard/pages/customer/pay.py). */
(function () {
  "use strict";
  document.addEventListener("change", function (event) {
    var form = event.target.closest("#pay--form");
    if (!form || !/^(order|method|amount)$/.test(event.target.name)) return;
    var ticked = Array.prototype.map.call(form.querySelectorAll("[name=order]:checked"), function (box) {
      return box.value;
    });
    var method = form.querySelector("[name=method]:checked");
    var amount = form.querySelector("[name=amount]");
    var button = form.querySelector("[data-pay]");
    if (button) button.setAttribute("aria-busy", "true");
    var wish = [ticked.join(","), method ? method.value : "", amount ? amount.value : ""];
    window.dash_clientside.set_props("pay--ticks", { value: wish.join("|") });
  });
})();

/* While a payment is open: asks, ever more slowly, whether it stands elsewhere by now, and only then loads the page
   anew, so that nobody who is reading it is interrupted. Without scripts the page refreshes itself. */
(function () {
  "use strict";
  var waits = [2, 2, 3, 4, 5, 8, 13, 20, 30];
  var at = document.querySelector("[data-waiting]");
  var turn = 0;

  function later() {
    if (turn < waits.length) setTimeout(ask, 1000 * waits[turn++]);
    else location.replace(at.dataset.waiting + "?n=99");
  }

  function ask() {
    fetch(at.dataset.waiting, { redirect: "manual" })
      .then(function (answer) {
        return answer.ok ? answer.text() : "";
      })
      .then(function (html) {
        var stage = /data-stage="(\w+)"/.exec(html);
        if (stage && stage[1] !== at.dataset.stage) location.replace(at.dataset.waiting);
        else later();
      })
      .catch(later);
  }

  later();
})();

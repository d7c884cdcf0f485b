/* A button copies a text of the page; where the browser does not let it, the text is selected for the person. */
document.addEventListener("click", function (event) {
  "use strict";
  var button = event.target.closest("[data-copies]");
  if (!button) return;
  window.getSelection().selectAllChildren(document.getElementById(button.dataset.copies));
  if (!navigator.clipboard) return;
  navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent).then(function () {
    button.querySelector("[role=status]").textContent = button.dataset.copied;
  });
});

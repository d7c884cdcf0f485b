/* The key / goes to the search from wherever nobody is writing. */
document.addEventListener("keydown", function (event) {
  "use strict";
  var field = document.getElementById("rail-search");
  var at = event.target.closest("input, select, textarea, [contenteditable], dialog[open]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || at || !field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

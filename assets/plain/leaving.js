/* Leaves at once, and without a step in the history: Back goes to where the person pressed. */
location.replace(document.querySelector("[data-leave]").href);

/* The Fragment component: HTML that the server made from an auto-escaped template (dashboard/fragment). */
(function () {
  "use strict";
  function Fragment(props) {
    return window.React.createElement(props.tag || "div", {
      id: props.id,
      className: props.className,
      dangerouslySetInnerHTML: { __html: props.html },
    });
  }
  window.settle_fragment = { Fragment: Fragment };
})();

// Renders an image, or says what it would have shown where it cannot be had.
import { h } from "./dom.js";
import { t } from "./words.js";

export function picture(element, spec) {
  const address = element.image_url ?? element.slack_file?.url;
  const node = h(spec, { src: address, alt: element.alt_text ?? "", title: element.alt_text, loading: "lazy" });
  node.addEventListener("error", () =>
    node.replaceWith(h("span.image-absent", {}, t("imageAbsent", { alt: element.alt_text ?? "" }))),
  );
  return node;
}

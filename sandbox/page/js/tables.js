// Renders tables, and charts as tables of what they draw.
import { h } from "./dom.js";
import { richText } from "./richtext.js";

export const tableBlocks = { table, data_table: table, data_visualization: chart };

const shown = (cell) => (cell.type === "rich_text" ? richText(cell) : String(cell.text ?? cell.value ?? ""));

function table(block) {
  const align = (index) => block.column_settings?.[index]?.align ?? "left";
  return tableNode(block.caption, block.rows.map((row) => row.map(shown)), align);
}

function chart({ title, chart: drawn }) {
  if (drawn.type === "pie") return tableNode(title, [["", ""], ...drawn.segments.map(pair)], numbersRight);
  const names = drawn.series.map(({ name }) => name);
  const valueAt = ({ data }, category) => String(data.find(({ label }) => label === category)?.value ?? "");
  const lines = drawn.axis_config.categories.map((category) => [
    category,
    ...drawn.series.map((series) => valueAt(series, category)),
  ]);
  return tableNode(title, [[axes(drawn.axis_config), ...names], ...lines], numbersRight);
}

const pair = ({ label, value }) => [label, String(value)];
const axes = ({ x_label: across, y_label: up }) => [across, up].filter(Boolean).join(" / ");
const numbersRight = (index) => (index ? "right" : "left");

/** `rows` of nodes or texts, the first of which is the head; left out where it says nothing. */
function tableNode(caption, [head, ...rows], align) {
  const cells = (tag, row) => row.map((content, index) => h(`${tag}.align-${align(index)}`, {}, content));
  return h(
    "div.table-scroll",
    {},
    h(
      "table",
      {},
      caption && h("caption", {}, caption),
      head.some(Boolean) && h("thead", {}, h("tr", {}, cells("th", head))),
      h(
        "tbody",
        {},
        rows.map((row) => h("tr", {}, cells("td", row))),
      ),
    ),
  );
}

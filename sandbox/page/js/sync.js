// Keeps child nodes in step with data, touching only what changed, so that focus and open menus survive a refresh.

/**
 * Makes `parent` show `parts`, in order. A part is `{key, sig, make, patch?, keep?}`: `make()` builds its node; when
 * the signature changed, `patch(node)` updates it in place or, without one, a new node takes its place; when it did
 * not, `keep(node)` may still note what the signature leaves out.
 */
export function sync(parent, parts) {
  const wanted = new Set(parts.map((part) => part.key));
  const present = new Map();
  for (const node of [...parent.childNodes]) {
    if (wanted.has(node.partKey)) present.set(node.partKey, node);
    else node.remove();
  }
  let cursor = parent.firstChild;
  for (const part of parts) {
    const old = present.get(part.key);
    const node = current(old, part);
    if (old && old === cursor) cursor = node;
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

function current(node, part) {
  if (!node) return stamped(part.make(), part);
  if (node.partSig === part.sig) {
    part.keep?.(node);
    return node;
  }
  if (part.patch) {
    part.patch(node);
    return stamped(node, part);
  }
  return replaced(node, stamped(part.make(), part));
}

function stamped(node, part) {
  node.partKey = part.key;
  node.partSig = part.sig;
  return node;
}

function replaced(old, fresh) {
  const give = heldFocus(old);
  old.replaceWith(fresh);
  give(fresh);
  return fresh;
}

/** Remembers which control inside `root` has the focus; the answer gives it to the same control of another node. */
function heldFocus(root) {
  const active = document.activeElement;
  if (!active || !root.contains(active)) return () => {};
  const key = active.dataset.hold;
  const range = [active.selectionStart, active.selectionEnd];
  return (fresh) => {
    const next = key && [...fresh.querySelectorAll("[data-hold]")].find((node) => node.dataset.hold === key);
    const target = next || fresh;
    target.focus({ preventScroll: true });
    if (next && typeof range[0] === "number") target.setSelectionRange(...range);
  };
}

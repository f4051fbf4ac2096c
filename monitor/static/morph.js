// Makes one tree of elements like another by changing only what differs. What is the same stays the same element, so
// focus, selection and scrolling survive. Children with a data-key are matched by it, others by their place.
"use strict";

function morph(now, then, changed) {
  if (now.isEqualNode(then)) return;
  for (const attribute of [...now.attributes]) {
    if (!then.hasAttribute(attribute.name)) now.removeAttribute(attribute.name);
  }
  for (const attribute of then.attributes) {
    if (now.getAttribute(attribute.name) !== attribute.value) now.setAttribute(attribute.name, attribute.value);
  }
  if (now.hasAttribute("data-value") && now.textContent !== then.textContent) changed.add(now);
  morphChildren(now, then, changed);
}

function morphChildren(now, then, changed) {
  const byKey = new Map();
  for (const child of now.children) {
    if (child.dataset && child.dataset.key) byKey.set(child.dataset.key, child);
  }
  let place = now.firstChild;
  for (const wanted of [...then.childNodes]) {
    const found = counterpart(place, wanted, byKey);
    if (found === null) {
      const added = document.importNode(wanted, true);
      now.insertBefore(added, place);
      if (added.dataset && added.dataset.key) changed.add(added);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else now.insertBefore(found, place);
    if (found.nodeType === Node.TEXT_NODE) {
      if (found.data !== wanted.data) found.data = wanted.data;
    } else {
      morph(found, wanted, changed);
    }
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

// The node that stands for the wanted one, or null where it is new.
function counterpart(place, wanted, byKey) {
  const key = wanted.dataset && wanted.dataset.key;
  if (key) return byKey.get(key) || null;
  if (place === null || place.nodeType !== wanted.nodeType || place.nodeName !== wanted.nodeName) return null;
  return place.dataset && place.dataset.key ? null : place;
}

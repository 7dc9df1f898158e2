'use strict';

// Two answers are the same if they hold the same, lists without an order of their own in any order.

const isObject = (value) => typeof value === 'object' && value !== null;

/** The parts of a dynamic zone are in the order that the author gave them; relations and rows are in none. */
const isOrdered = (list) => list.some((item) => item?.__component !== undefined);

const byText = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

const normalized = (value) => {
  if (Array.isArray(value)) {
    const items = value.map(normalized);
    return isOrdered(value) ? items : items.sort(byText);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, normalized(value[key])]),
  );
};

/** Whether the question names an order down to the row id, or an unique column, so that it has only one right answer. */
const TOTAL_ORDER = /[?&]sort(\[\d\])?=(\w+,)?id\b|sort=name:desc/;

const prepared = (answer, ordered) =>
  ordered && Array.isArray(answer) ? answer.map(normalized) : normalized(answer);

/**
 * @returns {{ cached: any, truth: any } | null} both in the form that was compared, where they differ
 */
exports.differenceOf = (question, cached, truth) => {
  const ordered = TOTAL_ORDER.test(question);
  const [left, right] = [prepared(cached, ordered), prepared(truth, ordered)];
  return JSON.stringify(left) === JSON.stringify(right) ? null : { cached: left, truth: right };
};

/** The first place where two values differ, such as `[2].author.name`. */
const placeOf = (left, right) => {
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) return '';
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (JSON.stringify(left[key]) === JSON.stringify(right[key])) continue;
    return (Array.isArray(left) ? `[${key}]` : `.${key}`) + placeOf(left[key], right[key]);
  }
  return '';
};

const MAX_SHOWN = 4000;
const shown = (value) => {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}... (${text.length} characters)` : text;
};

exports.describeDifference = ({ cached, truth }) =>
  [
    `first at: ${placeOf(cached, truth) || 'the whole'}`,
    `cached: ${shown(cached)}`,
    `truth:  ${shown(truth)}`,
  ].join('\n');

'use strict';

/**
 * Where an attribute leads: the uid of the content type or component on its other side, "*" when rows of several may
 * be there, undefined for a plain column.
 */
function targetOf(attribute) {
  switch (attribute.type) {
    case 'relation':
      return attribute.target ?? '*';
    case 'media':
      return 'plugin::upload.file';
    case 'component':
      return attribute.component;
    case 'dynamiczone':
      return '*';
    default:
      return undefined;
  }
}

module.exports = { targetOf };

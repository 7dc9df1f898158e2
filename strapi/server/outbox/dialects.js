'use strict';

/**
 * What the databases write differently: `no` is false, `lock` locks the rows that are selected, `before` is a moment so
 * many seconds ago by the clock of the database, which is the one that rows are dated by.
 */
module.exports = {
  sqlite: { no: '0', lock: '', before: (age) => `datetime('now', '-${age} seconds')` },
  postgres: { no: 'false', lock: ' for update', before: (age) => `now() - interval '${age} seconds'` },
  mysql: { no: 'false', lock: ' for update', before: (age) => `now(3) - interval ${age} second` },
};

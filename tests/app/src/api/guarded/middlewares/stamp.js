'use strict';

module.exports = () => async (ctx, next) => {
  await next();
  ctx.set('X-Stamped', 'yes');
};

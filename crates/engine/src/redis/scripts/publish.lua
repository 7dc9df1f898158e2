-- Appends a change to the log, once. The check of the epoch, the name of the entry before and the entry itself are one
-- step, so that entries form a chain whoever writes them.
-- KEYS: log, epoch, the change's id. ARGV: epoch, change id, record, length of the log, life of the id key (ms).
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local epoch = redis.call('GET', KEYS[2])
if not epoch or not last then
  return { 'other', '' }
end
if epoch ~= ARGV[1] then
  return { 'other', epoch }
end
-- The id key names its epoch: one that is left over from an older log says nothing of this one. And it may outlive its
-- entry: a change that was trimmed away before its own server has followed it must be published anew.
local known = redis.call('GET', KEYS[3])
if known and string.sub(known, 1, #epoch + 1) == epoch .. ' ' then
  local position = string.sub(known, #epoch + 2)
  local entry = redis.call('XRANGE', KEYS[1], position, position, 'COUNT', 1)[1]
  if entry and entry[2][2] == ARGV[2] then
    return { 'already', position }
  end
end
local position = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*',
  'id', ARGV[2], 'epoch', epoch, 'prev', last[1], 'record', ARGV[3])
redis.call('SET', KEYS[3], epoch .. ' ' .. position, 'PX', ARGV[5])
return { 'at', position }

-- Begins a new log, if the present one is still what the caller saw: of two callers one wins.
-- KEYS: log, beat, epoch. ARGV: the epoch seen or an empty text, the new epoch, change id, record.
local current = redis.call('GET', KEYS[3]) or ''
if ARGV[1] ~= '' then
  if current ~= ARGV[1] then
    return 0
  end
elseif current ~= '' and redis.call('XLEN', KEYS[1]) > 0 then
  return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SET', KEYS[3], ARGV[2])
redis.call('XADD', KEYS[1], '*', 'id', ARGV[3], 'epoch', ARGV[2], 'prev', '0-0', 'record', ARGV[4])
return 1

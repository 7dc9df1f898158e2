-- Where these changes are, of those that the log holds at this moment. The id key alone is no proof: it may outlive the
-- entry.
-- KEYS: log, epoch, one id key for each change. ARGV: the epoch that is meant, the change ids.
local epoch = redis.call('GET', KEYS[2])
local found = {}
for i = 1, #ARGV - 1 do
  local id = ARGV[i + 1]
  found[i] = ''
  local known = epoch == ARGV[1] and redis.call('GET', KEYS[i + 2])
  if known and string.sub(known, 1, #epoch + 1) == epoch .. ' ' then
    local position = string.sub(known, #epoch + 2)
    local entry = redis.call('XRANGE', KEYS[1], position, position, 'COUNT', 1)[1]
    if entry and entry[2][2] == id then
      found[i] = position
    end
  end
end
return found

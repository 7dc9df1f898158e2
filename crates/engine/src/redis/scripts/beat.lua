-- Appends a heartbeat, if the log is still the one that its sender follows.
-- KEYS: log, epoch, beat. ARGV: epoch, server, sent, length of the beat stream.
local epoch = redis.call('GET', KEYS[2])
if not epoch or redis.call('XLEN', KEYS[1]) == 0 then
  return { 'other', '' }
end
if epoch ~= ARGV[1] then
  return { 'other', epoch }
end
local position = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'server', ARGV[2], 'sent', ARGV[3])
return { 'at', position }

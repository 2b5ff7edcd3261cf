-- Keeps an answer for a while, unless whoever asked has had too much kept within that time already.
-- KEYS: the answer; the bytes that were kept for who asked. ARGV: the payload, the seconds, the most bytes.
local used = redis.call('INCRBY', KEYS[2], #ARGV[1])
if used == #ARGV[1] then redis.call('EXPIRE', KEYS[2], ARGV[2]) end
if used > tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1

-- KEYS: the counts. ARGV: of each, 1 where the whole count goes, 0 where what was last taken is given back.
for i, key in ipairs(KEYS) do
  if ARGV[i] == '1' then
    redis.call('DEL', key)
  elseif redis.call('EXISTS', key) == 1 then
    redis.call('HINCRBY', key, 'taken', -1)
    redis.call('HSET', key, 'shut', 0)
  end
end
return 0

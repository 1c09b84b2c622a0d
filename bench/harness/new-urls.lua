-- For wrk: each request of another URL. Arguments: the path, and what tells this run from others.
local path, run
local sent = 0

function init(args)
  path, run = args[1], args[2]
end

function request()
  sent = sent + 1
  return wrk.format('GET', path .. '?item=' .. run .. '-' .. sent)
end

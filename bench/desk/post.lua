-- For wrk: posts unique bodies and counts the answers.
--   wrk … URL -- FILE PREFIX KEYED RATE "Header: value" …
-- FILE has one body a line; {n} in it becomes what no other request has. KEYED 1: that is the Idempotency-Key, too.
-- RATE: requests a second of each thread, 0 for as many as are answered.

local ffi = require("ffi")
ffi.cdef [[
  struct timespec { long tv_sec; long tv_nsec; };
  int clock_gettime(int clock, struct timespec *now);
]]
local MONOTONIC = 1
local moment = ffi.new("struct timespec")
local threads = {}

local function now_ms()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.tv_sec) * 1e3 + tonumber(moment.tv_nsec) / 1e6
end

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("id", #threads)
end

function init(args)
  bodies = {}
  for line in io.lines(args[1]) do bodies[#bodies + 1] = line end
  prefix, keyed, rate = args[2], args[3] == "1", tonumber(args[4])
  headers = { ["Content-Type"] = "application/json" }
  for i = 5, #args do
    local name, value = args[i]:match("^(.-): (.*)$")
    headers[name] = value
  end
  sent, created, others, sample, due = 0, 0, 0, "", 0
end

function delay()
  if rate == 0 then return 0 end
  local now = now_ms()
  due = math.max(due, now - 1000) + 1000 / rate -- what was missed is made up for, within a second
  return math.max(0, math.floor(due - now))
end

function request()
  sent = sent + 1
  local unique = prefix .. id .. "n" .. sent
  if keyed then headers["Idempotency-Key"] = unique end
  local body = bodies[(sent + id * 997) % #bodies + 1]:gsub("{n}", unique)
  return wrk.format("POST", nil, headers, body)
end

function response(status, _, body)
  if status == 201 then
    created = created + 1
  else
    others = others + 1
    if sample == "" then sample = status .. " " .. body:sub(1, 200):gsub("[%c\"\\]", " ") end
  end
end

function done(summary, latency, requests)
  local all, wrong, first = 0, 0, ""
  for _, thread in ipairs(threads) do
    all = all + thread:get("created")
    wrong = wrong + thread:get("others")
    if first == "" then first = thread:get("sample") end
  end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    'RESULT {"created": %d, "others": %d, "lost": %d, "seconds": %.6f, "p50_ms": %.3f, "p95_ms": %.3f, "sample": "%s"}\n',
    all, wrong, lost, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, first))
end

-- For wrk: posts unique bodies and counts the answers.
--   wrk … URL -- FILE PREFIX KEYED "Header: value" …
-- FILE has one body a line; {n} in it becomes what no other request has. KEYED 1: that is the Idempotency-Key, too.

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("id", #threads)
end

function init(args)
  bodies = {}
  for line in io.lines(args[1]) do bodies[#bodies + 1] = line end
  prefix, keyed = args[2], args[3] == "1"
  headers = { ["Content-Type"] = "application/json" }
  for i = 4, #args do
    local name, value = args[i]:match("^(.-): (.*)$")
    headers[name] = value
  end
  sent, created, others, sample = 0, 0, 0, ""
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
